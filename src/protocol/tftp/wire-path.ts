import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import { encodeError, Opcode, writeUint16 } from './packet.ts'

/** From where to whom datagrams go. */
export interface WirePath {
  readonly outbox: Outbox
  /** The socket that sends. */
  readonly socket: SocketId
  readonly peer: Peer
}

const ACK_BYTES = 4

/** Sends a datagram as it is. */
export function sendDatagram({ outbox, socket, peer }: WirePath, datagram: Uint8Array): void {
  const offset = outbox.reserve(datagram.length)
  outbox.slab.set(datagram, offset)
  outbox.commit(socket, peer, datagram.length)
}

/** Sends an ACK. @param blockNumber - As on the wire, 0–65535. */
export function sendAck({ outbox, socket, peer }: WirePath, blockNumber: number): void {
  const offset = outbox.reserve(ACK_BYTES)
  writeUint16(outbox.slab, offset, Opcode.ack)
  writeUint16(outbox.slab, offset + 2, blockNumber)
  outbox.commit(socket, peer, ACK_BYTES)
}

/** Sends an ERROR. Never in answer to one. */
export function sendError(path: WirePath, error: { code: number; message: string }): void {
  sendDatagram(path, encodeError(error))
}
