import type { InboundBatch, LocalSocket, Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Refusal } from '../../base/refusal.ts'
import { TftpErrorCode, tftpErrorFor } from './error-code.ts'
import { decodeError, decodeRequest, encodeError, Opcode, readUint16 } from './packet.ts'
import { PeerTables } from './peer-tables.ts'
import type { EndpointListener, EndpointOptions } from './server-events.ts'
import { ServerReadTransfer } from './server-read-transfer.ts'
import type { PacketView, ServerTransferBase, TransferHost } from './server-transfer-base.ts'
import { ServerWriteTransfer } from './server-write-transfer.ts'
import { TimerWheel } from './timer-wheel.ts'

export interface ServerEndpointParts {
  /** Where answers are written. */
  readonly outbox: Outbox
  readonly listener: EndpointListener
  readonly options: EndpointOptions
  localSocket(id: SocketId): LocalSocket | undefined
  /** The socket that a transfer asked for on `listener` runs on. */
  transferSocket(listener: SocketId, peer: Peer): SocketId
}

/** Where one datagram of a batch lies. */
interface Place {
  readonly batch: InboundBatch
  readonly index: number
  readonly socket: SocketId
}

/**
 * The server's side of TFTP: maps each datagram to the transfer it belongs to, or to a new request.
 *
 * Knows no sockets, clock or files. Whatever a datagram holds, the answer is at most one ERROR to its sender, and
 * nothing is ever sent to an address that did not send.
 */
export class ServerEndpoint implements TransferHost {
  readonly outbox: Outbox
  readonly listener: EndpointListener
  readonly options: EndpointOptions
  readonly #parts: ServerEndpointParts
  readonly #tables: PeerTables
  readonly #wheel = new TimerWheel<ServerTransferBase>()
  readonly #perAddress = new Map<string, number>()
  readonly #view: PacketView = { slab: new Uint8Array(0), offset: 0, length: 0 }
  #transferCount = 0
  #isRefusingNew = false

  constructor(parts: ServerEndpointParts) {
    this.outbox = parts.outbox
    this.listener = parts.listener
    this.options = parts.options
    this.#parts = parts
    this.#tables = new PeerTables(parts.options.lingerMs ?? 10_000)
  }

  /** Live transfers, those on hold included. */
  get transferCount(): number {
    return this.#transferCount
  }

  /** Ended transfers that are still remembered. */
  get lingeringCount(): number {
    return this.#tables.lingeringCount
  }

  /** When `wake` should next be called; undefined while nothing is waited for. */
  get wakeAt(): Instant | undefined {
    const timer = this.#wheel.nextWakeAt
    const purge = this.#tables.purgeAt
    if (timer === undefined || purge === undefined) return timer ?? purge
    return Math.min(timer, purge)
  }

  localSocket(id: SocketId): LocalSocket | undefined {
    return this.#parts.localSocket(id)
  }

  /** Takes one datagram of a batch. */
  receive(batch: InboundBatch, index: number, now: Instant): void {
    const socket = batch.sockets[index] ?? 0
    const place: Place = { batch, index, socket }
    const length = batch.lengths[index] ?? 0
    const offset = batch.offsets[index] ?? 0
    const opcode = length < 2 ? 0 : readUint16(batch.slab, offset)
    if (opcode === Opcode.ack || opcode === Opcode.data) this.#packet(opcode, place, now)
    else if (opcode === Opcode.rrq || opcode === Opcode.wrq) this.#request(place, now)
    else if (opcode === Opcode.error) this.#error(place, now)
    else this.#unknown(opcode, place)
  }

  /** Wakes the transfers that are due. */
  wake(now: Instant): void {
    this.#wheel.advance(now, (transfer) => transfer.wake(now))
    this.#tables.purge(now)
  }

  /** From now on new requests are dropped in silence; what runs goes on. */
  refuseNew(): void {
    this.#isRefusingNew = true
  }

  /** Ends every transfer. */
  stop(now: Instant): void {
    this.refuseNew()
    for (const transfer of this.#tables.transfers()) transfer.finishAs('stopped', now)
  }

  reschedule(transfer: ServerTransferBase, now: Instant): void {
    this.#wheel.schedule(transfer, now)
  }

  ended(transfer: ServerTransferBase, now: Instant): void {
    this.#wheel.remove(transfer)
    this.#transferCount -= 1
    const { address } = transfer.peer
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, left)
    this.#tables.linger(transfer, now)
  }

  #packet(opcode: number, place: Place, now: Instant): void {
    const { batch, index, socket } = place
    const transfer = this.#tables.find(socket, batch.peerKey(index))
    if (transfer === undefined || transfer.socket !== socket) return this.#stranger(place)
    const view = this.#view
    view.slab = batch.slab
    view.offset = batch.offsets[index] ?? 0
    view.length = batch.lengths[index] ?? 0
    transfer.packet(opcode, view, now)
  }

  /** A packet of no transfer: ERROR 5 to whoever sent it; the transfer it meant goes on (RFC 1350 §4). */
  #stranger(place: Place): void {
    const message = 'Unknown transfer ID'
    this.#answerError(place, { code: TftpErrorCode.unknownTransfer, message })
    this.#dropped('a packet of no transfer', place)
  }

  #error(place: Place, now: Instant): void {
    const { batch, index, socket } = place
    const transfer = this.#tables.find(socket, batch.peerKey(index))
    // An ERROR that names no transfer gets no answer: two servers would talk for ever.
    if (transfer === undefined || transfer.socket !== socket) return
    transfer.errored(decodeError(bytesAt(place)), now)
  }

  #unknown(opcode: number, place: Place): void {
    this.#dropped(`opcode ${opcode}`, place)
  }

  #request(place: Place, now: Instant): void {
    const { batch, index, socket } = place
    const key = batch.peerKey(index)
    const known = this.#tables.find(socket, key)
    // A request that comes to a transfer's own port means the listener it was asked on (GRUB repeats there).
    const listener = known?.listener ?? socket
    const isListening = this.localSocket(listener)?.role === 'listen'
    if (!isListening) return this.#stranger(place)
    const current = this.#tables.find(listener, key)
    if (current !== undefined && !current.isOver) {
      const length = batch.lengths[index] ?? 0
      if (current.isRepeat(batch.slab, batch.offsets[index] ?? 0, length)) return current.repeated()
      current.finishAs('replaced', now)
    }
    this.#begin(place, listener, now)
  }

  #begin(place: Place, listener: SocketId, now: Instant): void {
    const peer = place.batch.peer(place.index)
    const full = this.#whyFull(peer)
    if (full !== undefined) return this.#dropped(full, place)
    const requestBytes = bytesAt(place).slice()
    try {
      const request = decodeRequest(requestBytes)
      const socket = this.#parts.transferSocket(listener, peer)
      const start = { request, requestBytes, peer, listener, socket }
      if (request.kind === 'read') this.#announce(new ServerReadTransfer(start, this, now))
      else this.#announce(new ServerWriteTransfer(start, this, now))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#answerError(place, { code: tftpErrorFor[error.code], message: error.wireMessage })
      this.#dropped(error.message, place)
    }
  }

  #announce(transfer: ServerReadTransfer | ServerWriteTransfer): void {
    this.#tables.add(transfer)
    this.#transferCount += 1
    const { address } = transfer.peer
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1)
    if (transfer.kind === 'read') this.listener.readRequested(transfer)
    else this.listener.writeRequested(transfer)
  }

  /** Over a limit the request is dropped in silence: the device asks again, an ERROR would end its boot. */
  #whyFull({ address, port }: Peer): string | undefined {
    if (this.#isRefusingNew) return 'the server is stopping'
    if (this.#transferCount >= (this.options.transfersMax ?? 20_000)) return 'too many transfers'
    const most = this.options.transfersPerAddressMax ?? 1000
    if ((this.#perAddress.get(address) ?? 0) >= most) return 'too many transfers of one address'
    return port === 0 ? 'source port 0' : undefined
  }

  #answerError(place: Place, error: { readonly code: number; readonly message: string }): void {
    const packet = encodeError(error)
    const peer = place.batch.peer(place.index)
    if (peer.port === 0) return
    const offset = this.outbox.reserve(packet.length)
    this.outbox.slab.set(packet, offset)
    this.outbox.commit(place.socket, peer, packet.length)
  }

  #dropped(reason: string, { batch, index, socket }: Place): void {
    this.listener.datagramDropped(reason, batch.peer(index), socket)
  }
}

function bytesAt({ batch, index }: Place): Uint8Array {
  const offset = batch.offsets[index] ?? 0
  return batch.slab.subarray(offset, offset + (batch.lengths[index] ?? 0))
}
