import type { Instant } from '../../base/instant.ts'
import { ByteWindow } from './byte-window.ts'
import { EndpointTransfer, type TransferHost, type TransferStart } from './endpoint-transfer.ts'
import { NetasciiEncoder } from './netascii.ts'
import { negotiate } from './options.ts'
import { SendTransfer } from './send-transfer.ts'
import type { HoldTerms, ReadTransfer, TransferOutcome } from './server-events.ts'

const NOTHING = new Uint8Array(0)

/** A read as the endpoint runs it: silent until `begin`, then a `SendTransfer`. */
export class ServerReadTransfer extends EndpointTransfer implements ReadTransfer {
  readonly kind = 'read'
  readonly lastBlockNumber = undefined
  holdTerms: (() => HoldTerms) | undefined
  #knownBytes: number | undefined
  readonly #window = new ByteWindow()
  readonly #encoder: NetasciiEncoder | undefined
  #send: SendTransfer | undefined
  /** `wantsBytes` as the listener last heard it. */
  #wasWanting = true

  constructor(host: TransferHost, start: TransferStart, now: Instant) {
    super(host, start, now)
    this.#encoder = start.request.mode === 'netascii' ? new NetasciiEncoder() : undefined
  }

  get wakeAt(): Instant | undefined {
    return this.#send?.wakeAt
  }

  get hasClientAnswered(): boolean {
    if (this.#send === undefined) return false
    const hasAnsweredOack = this.acknowledged.size > 0 && !this.#send.isOpening
    return hasAnsweredOack || this.#send.ackedBlocks > 0
  }

  get wantsBytes(): boolean {
    if (this.isOver) return false
    return this.#send?.wantsBytes ?? (!this.#window.isEnded && this.#window.availableBytes === 0)
  }

  sizeKnown(sizeBytes: number, _now: Instant): void {
    this.#knownBytes = sizeBytes
  }

  begin(
    options: { readonly sizeBytes?: number; readonly blockBytesMax?: number },
    now: Instant,
  ): void {
    if (this.isOver || this.#send !== undefined) return
    const sizeBytes = this.#sizeBytes(options.sizeBytes)
    const negotiated = negotiate(this.request, {
      payloadBytesMax: this.payloadBytesMax,
      windowBlocksMax: this.host.settings.windowBlocksMax,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(options.blockBytesMax === undefined ? {} : { blockBytesMax: options.blockBytesMax }),
    })
    const opening = this.agree(negotiated)
    const { blockBytes, windowBlocks, rolloverTo } = negotiated
    const shape = { path: this.path, window: this.#window, blockBytes, windowBlocks, rolloverTo }
    const oack = opening === undefined ? {} : { opening }
    this.#send = new SendTransfer({ ...shape, ...this.timers(negotiated), ...oack }, now)
    this.#send.start(now)
    this.#settle(this.#send, now)
  }

  push(chunk: Uint8Array, now: Instant): void {
    if (this.isOver || this.#window.isEnded) return
    this.#window.append(this.#encoder?.encode(chunk) ?? chunk)
    this.#advance(now)
  }

  end(now: Instant): void {
    if (this.isOver || this.#window.isEnded) return
    this.#window.append(this.#encoder?.end() ?? NOTHING)
    this.#window.end()
    this.#advance(now)
  }

  override receiveAck(blockNumber: number, now: Instant): void {
    const send = this.#send
    if (send === undefined) return
    send.acknowledge(blockNumber, now)
    this.#settle(send, now)
  }

  wake(now: Instant): void {
    const send = this.#send
    if (send === undefined) return
    if (send.wake(now)) this.#settle(send, now)
    else this.conclude('timed-out', now)
  }

  protected heard(now: Instant): void {
    this.#send?.heard(now)
  }

  protected released(): void {
    this.#send?.stop()
    this.#window.clear()
  }

  /** UEFI asks for a size, and answers the OACK that tells it with an ERROR. */
  protected outcomeOfClientError(): TransferOutcome {
    const isProbe = this.acknowledged.has('tsize') && this.#send?.ackedBlocks === 0
    return isProbe ? 'probe' : 'aborted'
  }

  #advance(now: Instant): void {
    const send = this.#send
    if (send === undefined) return
    send.sendWindow(now)
    this.#settle(send, now)
  }

  /** The size on the wire, where it is known: of netascii only once all of it is encoded. */
  #sizeBytes(announced: number | undefined): number | undefined {
    if (this.#window.isEnded) return this.#window.endOffset
    return this.#encoder === undefined ? (announced ?? this.#knownBytes) : undefined
  }

  #settle(send: SendTransfer, now: Instant): void {
    const { stats } = this
    stats.bytes = send.ackedBytes
    stats.blocks = send.ackedBlocks
    stats.retransmits = send.retransmits
    if (send.hasSent) stats.answeredAt ??= now
    if (send.isDelivered) {
      this.conclude('delivered', now)
      return
    }
    this.host.rescheduled(this, now)
    const wasWanting = this.#wasWanting
    this.#wasWanting = send.wantsBytes
    if (!wasWanting && this.#wasWanting) this.host.listener.bytesWanted(this)
  }
}
