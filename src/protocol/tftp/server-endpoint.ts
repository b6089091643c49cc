import type { InboundBatch, LocalSocket, Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { AnswerBudget } from './answer-budget.ts'
import { endpointSettings } from './endpoint-settings.ts'
import type { EndpointTransfer, TransferHost } from './endpoint-transfer.ts'
import { TftpErrorCode } from './error-code.ts'
import { DATA_HEADER_BYTES, decodeError, Opcode, readUint16 } from './packet.ts'
import { PeerTable } from './peer-table.ts'
import { RequestIntake } from './request-intake.ts'
import type { EndpointListener, EndpointOptions, TransferOutcome } from './server-events.ts'
import { TimerWheel } from './timer-wheel.ts'
import { type Tombstone, Tombstones } from './tombstones.ts'
import { sendAck, sendError } from './wire-path.ts'

/** What an endpoint is made of. */
export interface ServerEndpointParts {
  readonly outbox: Outbox
  readonly listener: EndpointListener
  readonly options: EndpointOptions
  /** Undefined when the socket is gone. */
  readonly localSocket: (id: SocketId) => LocalSocket | undefined
  /** The socket that answers what `peer` asked on `listener`. */
  readonly transferSocket: (listener: SocketId, peer: Peer) => SocketId
}

/**
 * One TFTP server on any number of sockets: no socket, no timer, no clock.
 *
 * Decides for each datagram which transfer it belongs to, or that it starts one, or that it is
 * nobody's. An ERROR is never answered with an ERROR, and nothing is sent to who did not send.
 */
export class ServerEndpoint {
  readonly #parts: ServerEndpointParts
  readonly #transfers = new PeerTable()
  readonly #timers = new TimerWheel<EndpointTransfer>()
  readonly #tombstones: Tombstones
  readonly #budget = new AnswerBudget()
  readonly #intake: RequestIntake

  constructor(parts: ServerEndpointParts) {
    this.#parts = parts
    const settings = endpointSettings(parts.options)
    this.#tombstones = new Tombstones(settings.lingerMs)
    const host: TransferHost = {
      outbox: parts.outbox,
      listener: parts.listener,
      settings,
      budget: this.#budget,
      rescheduled: (transfer, now) => this.#timers.schedule(transfer, now),
      ended: (transfer, outcome, now) => this.#ended(transfer, outcome, now),
    }
    this.#intake = new RequestIntake(parts, host, {
      transfers: this.#transfers,
      tombstones: this.#tombstones,
    })
  }

  /** Live transfers: held, running or being judged. */
  get transferCount(): number {
    return this.#transfers.size
  }

  /** Transfers that ended lately and are still remembered. */
  get rememberedCount(): number {
    return this.#tombstones.count
  }

  /** Transfers that wait for a time. */
  get timerCount(): number {
    return this.#timers.count
  }

  /** When `wake` should next be called; undefined when nothing waits. */
  get wakeAt(): Instant | undefined {
    const transfersAt = this.#timers.nextWakeAt
    const tombstonesAt = this.#tombstones.wakeAt
    if (transfersAt === undefined || tombstonesAt === undefined) return transfersAt ?? tombstonesAt
    return Math.min(transfersAt, tombstonesAt)
  }

  /** Does what is due by now. */
  wake(now: Instant): void {
    this.#timers.advance(now, (transfer) => transfer.wake(now))
    this.#tombstones.sweep(now)
  }

  /** Takes one datagram of a batch. */
  receive(batch: InboundBatch, index: number, now: Instant): void {
    const bytes = batch.lengths[index] ?? 0
    const offset = batch.offsets[index] ?? 0
    const opcode = bytes < 2 ? 0 : readUint16(batch.slab, offset)
    this.#intake.turn(now)
    switch (opcode) {
      case Opcode.ack:
      case Opcode.data:
        if (bytes >= DATA_HEADER_BYTES) this.#receiveBlock(batch, index, now)
        else this.#drop(batch, index, 'block without a number')
        break
      case Opcode.rrq:
      case Opcode.wrq:
        this.#drop(batch, index, this.#intake.receive(batch, index, now))
        break
      case Opcode.error:
        this.#receiveError(batch, index, now)
        break
      default:
        this.#drop(batch, index, 'no client sends this opcode')
    }
  }

  /** Drops new requests in silence from now on: the device asks again, maybe another server. */
  refuseNew(): void {
    this.#intake.close()
  }

  /** Ends all transfers and takes no new ones. */
  stop(now: Instant): void {
    this.#intake.close()
    for (const transfer of this.#transfers.all()) transfer.stop(now)
    this.#tombstones.clear()
  }

  #receiveBlock(batch: InboundBatch, index: number, now: Instant): void {
    const { slab } = batch
    const offset = batch.offsets[index] ?? 0
    const key = batch.peerKey(index)
    const transfer = this.#transfers.on(key, batch.sockets[index] ?? 0)
    if (transfer === undefined) {
      this.#receiveStray(batch, index, now)
      return
    }
    const blockNumber = readUint16(slab, offset + 2)
    if (readUint16(slab, offset) === Opcode.ack) transfer.receiveAck(blockNumber, now)
    else {
      const end = offset + (batch.lengths[index] ?? 0)
      transfer.receiveData(blockNumber, slab.subarray(offset + DATA_HEADER_BYTES, end), now)
    }
  }

  /**
   * An ACK or DATA that fits no transfer on that socket.
   *
   * Who just had one, or has one elsewhere, hears no ERROR: it would meet his next transfer.
   *
   * @see RFC 1350 §4: a stranger hears ERROR 5, and the transfer goes on
   */
  #receiveStray(batch: InboundBatch, index: number, now: Instant): void {
    const key = batch.peerKey(index)
    if (this.#transfers.has(key)) {
      this.#drop(batch, index, 'block of a transfer that is over')
      return
    }
    const tombstone = this.#tombstones.get(key, now)
    if (tombstone !== undefined) {
      this.#repeatLastAck(batch, index, tombstone)
      return
    }
    this.#drop(batch, index, 'block of an unknown transfer')
    const peer = batch.peer(index)
    if (peer.port === 0) return
    const bytes = batch.lengths[index] ?? 0
    this.#budget.received(peer.address, bytes, now)
    const allowance = this.#budget.allowance(peer.address, bytes)
    const { outbox } = this.#parts
    const code = TftpErrorCode.unknownTransfer
    const error = { code, message: 'Unknown transfer ID' }
    sendError({ outbox, socket: batch.sockets[index] ?? 0, peer, allowance }, error)
  }

  #repeatLastAck(batch: InboundBatch, index: number, tombstone: Tombstone): void {
    const { lastBlockNumber } = tombstone
    const socket = batch.sockets[index] ?? 0
    const offset = batch.offsets[index] ?? 0
    if (lastBlockNumber === undefined || tombstone.socket !== socket) return
    const isLast = readUint16(batch.slab, offset + 2) === lastBlockNumber
    if (readUint16(batch.slab, offset) !== Opcode.data || !isLast) return
    if (tombstone.repeatsLeft === 0) return
    tombstone.repeatsLeft -= 1
    sendAck({ outbox: this.#parts.outbox, socket, peer: batch.peer(index) }, lastBlockNumber)
  }

  /** Before it was answered, a client knows only the socket it asked. */
  #receiveError(batch: InboundBatch, index: number, now: Instant): void {
    const socket = batch.sockets[index] ?? 0
    const isMeant = ({ listener, socket: own, stats }: EndpointTransfer): boolean =>
      own === socket || (listener === socket && stats.answeredAt === undefined)
    const transfer = this.#transfers.find(batch.peerKey(index), isMeant)
    const offset = batch.offsets[index] ?? 0
    const bytes = batch.lengths[index] ?? 0
    if (transfer === undefined) this.#drop(batch, index, 'ERROR that ends no transfer')
    else if (bytes < DATA_HEADER_BYTES) this.#drop(batch, index, 'ERROR without a code')
    else transfer.failed(decodeError(batch.slab.subarray(offset, offset + bytes)), now)
  }

  #ended(transfer: EndpointTransfer, outcome: TransferOutcome, now: Instant): void {
    this.#transfers.remove(transfer)
    this.#timers.remove(transfer)
    const { listener, socket, peer } = transfer
    const lastBlockNumber = outcome === 'delivered' ? transfer.lastBlockNumber : undefined
    // Who was never answered has nothing under way.
    if (transfer.stats.answeredAt !== undefined) {
      const requestHash = outcome === 'delivered' ? transfer.requestHash : undefined
      this.#tombstones.add(peer.key, { listener, socket, lastBlockNumber, requestHash }, now)
    }
    this.#parts.listener.transferEnded(transfer, outcome)
  }

  #drop(batch: InboundBatch, index: number, reason: string | undefined): void {
    if (reason === undefined) return
    this.#parts.listener.datagramDropped(reason, batch.peer(index), batch.sockets[index] ?? 0)
  }
}
