import type { Instant } from '../../base/instant.ts'
import { EndpointTransfer, type TransferHost, type TransferStart } from './endpoint-transfer.ts'
import { NetasciiDecoder } from './netascii.ts'
import { negotiate } from './options.ts'
import { ReceiveTransfer } from './receive-transfer.ts'
import type { TransferOutcome, WriteTransfer } from './server-events.ts'

/** A write as the endpoint runs it: silent until `accept`, then a `ReceiveTransfer`. */
export class ServerWriteTransfer extends EndpointTransfer implements WriteTransfer {
  readonly kind = 'write'
  readonly #decoder: NetasciiDecoder | undefined
  #receive: ReceiveTransfer | undefined

  constructor(host: TransferHost, start: TransferStart, now: Instant) {
    super(host, start, now)
    this.#decoder = start.request.mode === 'netascii' ? new NetasciiDecoder() : undefined
  }

  protected get ownWakeAt(): Instant | undefined {
    return this.#receive?.wakeAt
  }

  get hasClientAnswered(): boolean {
    return this.#receive !== undefined && this.#receive.receivedBlocks > 0
  }

  protected get isAtEnd(): boolean {
    return this.#receive?.isComplete === true
  }

  get lastBlockNumber(): number | undefined {
    return this.#receive?.isComplete === true ? this.#receive.lastBlockNumber : undefined
  }

  accept(options: { readonly blockBytesMax?: number }, now: Instant): void {
    if (this.isOver || this.#receive !== undefined) return
    const negotiated = negotiate(this.request, {
      payloadBytesMax: this.payloadBytesMax,
      windowBlocksMax: this.host.settings.windowBlocksMax,
      ...(options.blockBytesMax === undefined ? {} : { blockBytesMax: options.blockBytesMax }),
    })
    const opening = this.agree(negotiated)
    const { acknowledged, blockBytes, windowBlocks } = negotiated
    this.#receive = new ReceiveTransfer(
      {
        ...this.timers(negotiated),
        ...(opening === undefined ? {} : { opening }),
        path: this.path,
        blockBytes,
        windowBlocks,
        rolloverTo: acknowledged.has('rollover') ? negotiated.rolloverTo : undefined,
        onData: (payload) => this.#take(payload),
        onEnd: () => this.#complete(),
      },
      now,
    )
    this.#receive.start(now)
    this.#settle(this.#receive, now)
  }

  pause(): void {
    this.#receive?.pause()
  }

  resume(now: Instant): void {
    if (this.isOver || this.#receive === undefined) return
    this.#receive.resume(now)
    this.host.rescheduled(this, now)
  }

  /** @throws {TypeError} When the last block has not come. */
  finish(now: Instant): void {
    if (this.isOver) return
    if (this.#receive?.isComplete !== true) {
      throw new TypeError('Cannot finish the upload: its last block has not come')
    }
    this.#receive.finish(now)
    this.conclude('delivered', now)
  }

  override receiveData(blockNumber: number, payload: Uint8Array, now: Instant): void {
    const receive = this.#receive
    if (receive === undefined) return
    const { receivedBlocks } = receive
    receive.receive(blockNumber, payload, now)
    if (receive.receivedBlocks > receivedBlocks) this.progressed(now)
    this.#settle(receive, now)
  }

  protected woken(now: Instant): void {
    const receive = this.#receive
    if (receive === undefined) return
    if (receive.wake(now)) this.#settle(receive, now)
    else this.conclude('timed-out', now)
  }

  protected heard(now: Instant): void {
    this.#receive?.heard(now)
  }

  protected released(): void {
    this.#receive?.stop()
  }

  protected outcomeOfClientError(): TransferOutcome {
    return 'aborted'
  }

  #take(payload: Uint8Array): void {
    const bytes = this.#decoder?.decode(payload) ?? payload
    if (bytes.length > 0) this.host.listener.dataReceived(this, bytes)
  }

  #complete(): void {
    const rest = this.#decoder?.end()
    if (rest !== undefined && rest.length > 0) this.host.listener.dataReceived(this, rest)
    if (!this.isOver) this.host.listener.dataEnded(this)
  }

  #settle(receive: ReceiveTransfer, now: Instant): void {
    const { stats } = this
    stats.bytes = receive.receivedBytes
    stats.blocks = receive.receivedBlocks
    stats.retransmits = receive.retransmits
    if (receive.hasSent) stats.answeredAt ??= now
    if (!this.isOver) this.host.rescheduled(this, now)
  }
}
