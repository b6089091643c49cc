import type { Instant } from '../../base/instant.ts'
import { ByteWindow } from './byte-window.ts'
import { EndpointTransfer, type TransferHost, type TransferStart } from './endpoint-transfer.ts'
import { NetasciiEncoder } from './netascii.ts'
import { negotiate } from './options.ts'
import type { Negotiated } from './negotiated.ts'
import { encodeOack, encodePause } from './packet.ts'
import { pauseSecondsAsked } from './pause.ts'
import { firstLookAt, type HoldDoor, ReadHold } from './read-hold.ts'
import { SendTransfer } from './send-transfer.ts'
import type { HoldTerms, HoldUse, ReadTransfer, TransferOutcome } from './server-events.ts'
import { sendDatagram } from './wire-path.ts'

const NOTHING = new Uint8Array(0)
const EMPTY_OACK = encodeOack(new Map())

/**
 * A read as the endpoint runs it: held until `begin`, then a `SendTransfer`.
 *
 * A hold may have sent the OACK already. What it agreed on stands then.
 */
export class ServerReadTransfer extends EndpointTransfer implements ReadTransfer, HoldDoor {
  readonly kind = 'read'
  readonly lastBlockNumber = undefined
  readonly #window = new ByteWindow()
  readonly #encoder: NetasciiEncoder | undefined
  /** Made when it is first needed: most reads are answered before. */
  #hold: ReadHold | undefined
  #knownBytes: number | undefined
  /** What the OACK of the hold has agreed on. */
  #agreed: { readonly negotiated: Negotiated; readonly oack: Uint8Array } | undefined
  /** The client has acknowledged the OACK of the hold. */
  #hasHeardOack = false
  /** When the hold is to be looked at again. */
  #holdWakeAt: Instant | undefined
  #send: SendTransfer | undefined
  /** `wantsBytes` as the listener last heard it. */
  #wasWanting = true

  constructor(host: TransferHost, start: TransferStart, now: Instant) {
    super(host, start, now)
    this.#encoder = start.request.mode === 'netascii' ? new NetasciiEncoder() : undefined
  }

  protected get ownWakeAt(): Instant | undefined {
    if (this.#send !== undefined) return this.#send.wakeAt
    return this.isOver ? undefined : this.#holdWakeAt
  }

  get hold(): HoldUse | undefined {
    return this.#hold?.use
  }

  get hasClientAnswered(): boolean {
    if (this.#send === undefined) return this.#hasHeardOack
    const hasAnsweredOack = this.acknowledged.size > 0 && !this.#send.isOpening
    return hasAnsweredOack || this.#send.ackedBlocks > 0
  }

  protected get isAtEnd(): boolean {
    return this.#send?.hasSentAll === true
  }

  get wantsBytes(): boolean {
    if (this.isOver) return false
    return this.#send?.wantsBytes ?? (!this.#window.isEnded && this.#window.availableBytes === 0)
  }

  /** To be called once the transfer is known to its host: it is looked at again in time. */
  held(now: Instant): void {
    if (this.isOver || this.#send !== undefined) return
    const { request, stats } = this
    this.#holdWakeAt =
      this.#hold === undefined ? firstLookAt(request, stats.startedAt) : this.#hold.wakeAt(now)
    this.host.rescheduled(this, now)
  }

  sizeKnown(sizeBytes: number, now: Instant): void {
    this.#knownBytes = sizeBytes
    this.held(now)
  }

  begin(
    options: { readonly sizeBytes?: number; readonly blockBytesMax?: number },
    now: Instant,
  ): void {
    if (this.isOver || this.#send !== undefined) return
    const agreed = this.#agreed
    const negotiated = agreed?.negotiated ?? this.#negotiate(options)
    const oack = agreed?.oack ?? this.agree(negotiated)
    const { blockBytes, windowBlocks, rolloverTo } = negotiated
    const shape = { path: this.path, window: this.#window, blockBytes, windowBlocks, rolloverTo }
    const opening = oack === undefined || this.#hasHeardOack ? {} : { opening: oack }
    this.#send = new SendTransfer({ ...shape, ...this.timers(negotiated), ...opening }, now)
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
    if (send === undefined) return this.#ackedWhileHeld(blockNumber, now)
    const { isOpening, ackedBlocks } = send
    send.acknowledge(blockNumber, now)
    if (send.ackedBlocks > ackedBlocks || send.isOpening !== isOpening) this.progressed(now)
    this.#settle(send, now)
  }

  protected woken(now: Instant): void {
    const send = this.#send
    if (send === undefined) {
      this.#looked().wake(now)
      this.held(now)
      return
    }
    if (send.wake(now)) this.#settle(send, now)
    else this.conclude('timed-out', now)
  }

  protected heard(now: Instant): void {
    if (this.#send !== undefined) return this.#send.heard(now)
    this.#looked().repeated(now)
    this.held(now)
  }

  protected released(): void {
    this.#send?.stop()
    this.#window.clear()
  }

  /** UEFI asks for a size, and answers the OACK that tells it with an ERROR. */
  protected outcomeOfClientError(): TransferOutcome {
    const isProbe = this.acknowledged.has('tsize') && (this.#send?.ackedBlocks ?? 0) === 0
    return isProbe ? 'probe' : 'aborted'
  }

  #looked(): ReadHold {
    this.#hold ??= new ReadHold(this.request, this.stats.startedAt, this)
    return this.#hold
  }

  /** An ACK 0 says that the client lives, and has the OACK. */
  #ackedWhileHeld(blockNumber: number, now: Instant): void {
    if (blockNumber !== 0 || this.#agreed === undefined) return
    this.#hasHeardOack = true
    this.path.allowance?.prove(now)
    this.#looked().alive(now)
    this.held(now)
  }

  /** What the route says of it by now: for the hold. */
  terms(): HoldTerms | undefined {
    return this.host.listener.holdTerms?.(this)
  }

  get isSizeKnown(): boolean {
    return this.#knownBytes !== undefined
  }

  sendPause(seconds: number): boolean {
    return this.#sendNow(encodePause(seconds))
  }

  patienceEnded(): void {
    this.host.listener.patienceEnded?.(this)
  }

  expired(now: Instant): void {
    this.refuse('NOT_READY', 'The file is still being made, ask again', now)
  }

  /** The same each time: with what is known of the file when it first leaves. */
  sendOack(now: Instant): boolean {
    if (this.#agreed === undefined) {
      const blockBytesMax = this.terms()?.blockBytesMax
      const negotiated = this.#negotiate(blockBytesMax === undefined ? {} : { blockBytesMax })
      const oack = this.agree(negotiated)
      // It agrees on nothing, so the real one may follow.
      if (oack === undefined) return this.#sendNow(EMPTY_OACK)
      this.#agreed = { negotiated, oack }
    }
    if (!this.#sendNow(this.#agreed.oack)) return false
    this.stats.answeredAt ??= now
    return true
  }

  #sendNow(datagram: Uint8Array): boolean {
    if (this.path.allowance?.spend(datagram.length) === false) return false
    sendDatagram(this.path, datagram)
    return true
  }

  #negotiate(known: { readonly sizeBytes?: number; readonly blockBytesMax?: number }): Negotiated {
    const sizeBytes = this.#sizeBytes(known.sizeBytes)
    return negotiate(this.request, {
      payloadBytesMax: this.payloadBytesMax,
      windowBlocksMax: this.host.settings.windowBlocksMax,
      isPauseGranted: pauseSecondsAsked(this.request) !== undefined,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(known.blockBytesMax === undefined ? {} : { blockBytesMax: known.blockBytesMax }),
    })
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
