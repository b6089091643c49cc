import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Allowance } from './answer-budget.ts'
import { encodeError, Opcode, writeUint16 } from './packet.ts'

/** From where to whom datagrams go. */
export interface WirePath {
  readonly outbox: Outbox
  /** The socket that sends. */
  readonly socket: SocketId
  readonly peer: Peer
  /**
   * Asked before each datagram until the peer has answered one. Undefined: nothing need be asked,
   * because the peer was the one who was asked.
   */
  readonly allowance?: Allowance
}

/** Bytes of an ACK. */
export const ACK_BYTES = 4

/** Sends a datagram as it is, without asking. */
export function sendDatagram({ outbox, socket, peer }: WirePath, datagram: Uint8Array): void {
  const offset = outbox.reserve(datagram.length)
  outbox.slab.set(datagram, offset)
  outbox.commit(socket, peer, datagram.length)
}

/** Sends an ACK, without asking. @param blockNumber - As on the wire, 0–65535. */
export function sendAck({ outbox, socket, peer }: WirePath, blockNumber: number): void {
  const offset = outbox.reserve(ACK_BYTES)
  writeUint16(outbox.slab, offset, Opcode.ack)
  writeUint16(outbox.slab, offset + 2, blockNumber)
  outbox.commit(socket, peer, ACK_BYTES)
}

/**
 * Sends an ERROR. Never in answer to one.
 *
 * Without its message where that may not go: the code alone ends the peer's wait as well.
 */
export function sendError(path: WirePath, error: { code: number; message: string }): void {
  const { allowance } = path
  for (const message of [error.message, '']) {
    const datagram = encodeError({ code: error.code, message })
    if (allowance !== undefined && !allowance.spend(datagram.length)) continue
    sendDatagram(path, datagram)
    return
  }
}
