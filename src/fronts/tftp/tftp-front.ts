import type { InboundBatch, Peer, SocketId } from '../../base/datagram.ts'
import { ServerEndpoint } from '../../protocol/tftp/server-endpoint.ts'
import type {
  EndpointListener,
  HoldTerms,
  ReadTransfer,
  RefusedRequest,
  ServerTransfer,
  TransferOutcome,
  WriteTransfer,
} from '../../protocol/tftp/server-events.ts'
import { entryForRefused } from './exchange-record.ts'
import type { TftpFrontOptions, TftpFrontParts } from './options.ts'
import { ReadExchange } from './read-exchange.ts'
import { WriteExchange } from './write-exchange.ts'

/**
 * Speaks TFTP for the routes: requests become asks, answers become transfers.
 *
 * Owns the clock and the one timer of the endpoint; the protocol itself is in `protocol/tftp`.
 */
export class TftpFront implements EndpointListener {
  readonly #parts: TftpFrontParts
  readonly #endpoint: ServerEndpoint
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isSettling = false
  #onIdle: (() => void) | undefined

  constructor(options: TftpFrontOptions) {
    const { transport } = options
    this.#parts = { ...options, settle: () => this.#settleSoon(), now: () => performance.now() }
    this.#endpoint = new ServerEndpoint({
      outbox: transport,
      listener: this,
      options: options.endpoint,
      localSocket: (id) => transport.socket(id),
      transferSocket: (listener, peer) => transport.transferSocket(listener, peer),
    })
  }

  /** Requests that are being answered or held. */
  get transferCount(): number {
    return this.#endpoint.transferCount
  }

  /** Takes a batch from the transport. */
  receive(batch: InboundBatch): void {
    const now = performance.now()
    for (let index = 0; index < batch.count; index += 1) this.#endpoint.receive(batch, index, now)
    this.#settle()
  }

  /**
   * Takes no more requests; resolves when the last transfer has ended, or never if one never does.
   */
  drain(): Promise<void> {
    this.#endpoint.refuseNew()
    return new Promise((resolve) => {
      this.#onIdle = resolve
      this.#checkIdle()
    })
  }

  /** Ends all transfers at once, each with a journal entry. */
  stop(): void {
    this.#endpoint.stop(performance.now())
    this.#parts.transport.flush()
    clearTimeout(this.#timer)
  }

  readRequested(transfer: ReadTransfer): void {
    const exchange = new ReadExchange(transfer, this.#parts)
    transfer.tag = exchange
    void exchange.run()
  }

  writeRequested(transfer: WriteTransfer): void {
    const exchange = new WriteExchange(transfer, this.#parts)
    transfer.tag = exchange
    void exchange.run()
  }

  bytesWanted(transfer: ReadTransfer): void {
    if (transfer.tag instanceof ReadExchange) transfer.tag.bytesWanted()
  }

  patienceEnded(transfer: ReadTransfer): void {
    if (transfer.tag instanceof ReadExchange) void transfer.tag.patienceEnded()
  }

  holdTerms({ tag }: ReadTransfer): HoldTerms | undefined {
    return tag instanceof ReadExchange ? tag.holdTerms() : undefined
  }

  dataReceived(transfer: WriteTransfer, bytes: Uint8Array): void {
    if (transfer.tag instanceof WriteExchange) transfer.tag.dataReceived(bytes)
  }

  dataEnded(transfer: WriteTransfer): void {
    if (transfer.tag instanceof WriteExchange) transfer.tag.dataEnded()
  }

  transferEnded(transfer: ServerTransfer, outcome: TransferOutcome): void {
    const exchange = transfer.tag
    if (exchange instanceof ReadExchange || exchange instanceof WriteExchange)
      exchange.ended(outcome)
    if (this.#onIdle !== undefined) setImmediate(() => this.#checkIdle())
  }

  requestRefused(refused: RefusedRequest): void {
    const { journal, transport, newId } = this.#parts
    const local = transport.socket(refused.socket)
    const known = { id: newId(), at: new Date().toISOString(), local }
    journal.record(entryForRefused(refused, known))
  }

  datagramDropped(reason: string, peer: Peer, socket: SocketId): void {
    this.#parts.log.debug({ client: peer.address, port: peer.port, socket }, `dropped: ${reason}`)
  }

  #checkIdle(): void {
    if (this.#endpoint.transferCount === 0) this.#onIdle?.()
  }

  /** Flushes once per turn: `nextTick` runs after all promise reactions that are already due. */
  #settleSoon(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    process.nextTick(() => {
      this.#isSettling = false
      this.#settle()
    })
  }

  #settle(): void {
    this.#parts.transport.flush()
    const wakeAt = this.#endpoint.wakeAt
    if (wakeAt === undefined || wakeAt >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = wakeAt
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, wakeAt - performance.now()))
  }

  #wake(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#endpoint.wake(performance.now())
    this.#settle()
  }
}
