import type { Instant } from '../../base/instant.ts'
import { blockNumberOf, blocksAhead, LAST_BEFORE_WRAP } from './block-sequence.ts'
import { TransferClock, type TransferTimers } from './transfer-clock.ts'
import { ACK_BYTES, sendAck, sendDatagram, type WirePath } from './wire-path.ts'

/** Duplicates that are acknowledged at once, without a window, until there is progress. */
const REPEATED_ACKS_MAX = 4

/** What a transfer is received with. */
export interface ReceiveTransferOptions extends TransferTimers {
  readonly path: WirePath
  /** Bytes in a full block, 8–65464. */
  readonly blockBytes: number
  /** Blocks per window, 1–65535 (RFC 7440). */
  readonly windowBlocks: number
  /**
   * The block number that follows 65535. Undefined: not agreed on; at windowsize 1 the one that
   * comes decides, with a window it is 0, because a 1 may also mean that 0 was lost.
   */
  readonly rolloverTo: 0 | 1 | undefined
  /** Sent first and repeated until DATA comes: an OACK. Undefined: ACK 0. */
  readonly opening?: Uint8Array
  /**
   * Bears a peer that gets no further as long as it shows life: a slow generator behind it.
   * Default false: only progress counts, so that nobody can hold a transfer for ever.
   */
  readonly isPatient?: boolean
  /** Takes the bytes of a block; valid only during the call. May pause or stop the transfer. */
  readonly onData: (payload: Uint8Array) => void
  /** The last block was taken. It is acknowledged by `finish`, when that may be now. */
  readonly onEnd: (now: Instant) => void
}

/**
 * One file on its way from one peer: no socket, no timer, no clock.
 *
 * Acknowledges once for each window (RFC 7440 §4) and never the last block before `finish`. A gap
 * is told at once, but once: the blocks that still follow it are the rest of the same window.
 *
 * Until the peer has answered, the path's allowance is asked before each datagram; what may not go
 * has not left, and no DATA can answer it.
 *
 * @see RFC 1350 §2, §6, RFC 7440 §4
 */
export class ReceiveTransfer {
  readonly #options: ReceiveTransferOptions
  readonly #clock: TransferClock
  #rolloverTo: 0 | 1
  #isRolloverOpen: boolean
  #received = 0
  #receivedBytes = 0
  #inWindow = 0
  #retransmits = 0
  #repeatedAcks = 0
  #isOpening: boolean
  #hasSent = false
  /** Nothing is asked any more: the peer has answered, or need not. */
  #isProved: boolean
  #hasOpened = false
  /** All that the window allows has come: an ACK is due as soon as nobody pauses. */
  #isAckDue = false
  #isPaused = false
  #isComplete = false
  #isOver = false

  constructor(options: ReceiveTransferOptions, now: Instant) {
    this.#options = options
    this.#clock = new TransferClock(options, now)
    this.#rolloverTo = options.rolloverTo ?? 0
    this.#isRolloverOpen = options.rolloverTo === undefined && options.windowBlocks === 1
    this.#isOpening = options.opening !== undefined
    this.#isProved = options.path.allowance === undefined
  }

  /** Blocks taken. */
  get receivedBlocks(): number {
    return this.#received
  }

  /** File bytes taken, as on the wire. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** True once anything has left. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Datagrams sent again. */
  get retransmits(): number {
    return this.#retransmits
  }

  /** True once the last block was taken. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The number of the latest block taken, as on the wire. */
  get lastBlockNumber(): number {
    return blockNumberOf(this.#received, this.#rolloverTo)
  }

  /**
   * When `wake` should next be called; undefined once the transfer is over, and while a complete
   * one is judged: that takes as long as whoever judges allows.
   */
  get wakeAt(): Instant | undefined {
    if (this.#isOver || this.#isComplete) return undefined
    if (this.#isPaused) return this.#clock.giveUpAt(false)
    return this.#clock.wakeAt(this.#isProgressOwed)
  }

  /** Sends the OACK or ACK 0. */
  start(now: Instant): void {
    this.#sendLatest(now)
  }

  /** Nothing is sent or taken any more. */
  stop(): void {
    this.#isOver = true
  }

  /** The peer showed life without DATA: it repeated its request. */
  heard(now: Instant): void {
    this.#clock.heard(now)
  }

  /**
   * The peer's OACK has come, for the first time or again: ACK 0 answers it, at a bounded rate
   * because some servers answer ACK 0 with an OACK.
   */
  opened(now: Instant): void {
    if (this.#isOver || this.#received > 0) return
    if (this.#hasOpened) this.#stray(0, now)
    else if (!this.#isPaused) this.#acknowledge(now)
    else this.#isAckDue = true
    this.#hasOpened = true
  }

  /** Takes DATA. Longer blocks than agreed on are ignored. */
  receive(blockNumber: number, payload: Uint8Array, now: Instant): void {
    if (this.#isOver || payload.length > this.#options.blockBytes) return
    const ahead = this.#blocksAhead(blockNumber)
    if (ahead === undefined || (!this.#isProved && !this.#proves(ahead, now))) return
    this.#isOpening = false
    if (ahead === 1 && !this.#isComplete) this.#take(payload, now)
    else this.#stray(ahead, now)
  }

  /** Withholds ACKs: the peer sends no more than the window it is at. */
  pause(): void {
    this.#isPaused = true
  }

  /** Sends the ACK that is due. */
  resume(now: Instant): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isOver || this.#isComplete) return
    this.#clock.progressed(now)
    if (this.#isAckDue) this.#acknowledge(now)
  }

  /** Sends the last ACK. Only once complete. */
  finish(now: Instant): void {
    if (this.#isOver || !this.#isComplete) return
    this.#acknowledge(now)
    this.#isOver = true
  }

  /** Repeats the latest ACK. @returns False when the peer has been given up. */
  wake(now: Instant): boolean {
    const { wakeAt } = this
    if (wakeAt === undefined || wakeAt > now) return true
    if (now >= this.#clock.giveUpAt(this.#isProgressOwed)) return false
    this.#clock.repeated(now)
    if (this.#hasSent) this.#retransmits += 1
    this.#sendLatest(now)
    this.#repeatedAcks = 0
    return true
  }

  #take(payload: Uint8Array, now: Instant): void {
    if (this.#isRolloverOpen && this.#received === LAST_BEFORE_WRAP) this.#isRolloverOpen = false
    this.#received += 1
    this.#receivedBytes += payload.length
    this.#inWindow += 1
    this.#repeatedAcks = 0
    this.#isComplete = payload.length < this.#options.blockBytes
    this.#isAckDue = this.#inWindow >= this.#options.windowBlocks
    this.#clock.progressed(now)
    if (payload.length > 0) this.#options.onData(payload)
    if (this.#isOver) return
    if (this.#isComplete) this.#options.onEnd(now)
    else if (this.#isAckDue && !this.#isPaused) this.#acknowledge(now)
  }

  /**
   * A block that is not the next one: behind a gap, or taken before.
   *
   * A duplicate says that our ACK was lost or is late. With a window only one that comes well after
   * the ACK counts: the peer may have sent the whole window twice, and an ACK to the second
   * copy would make it send every later window twice.
   */
  #stray(ahead: number, now: Instant): void {
    this.#clock.heard(now)
    if (this.#isPaused || this.#isComplete) return
    const { windowBlocks } = this.#options
    const isGap = ahead > 1 && ahead <= windowBlocks
    const isRepeat = ahead === 0 || ahead > LAST_BEFORE_WRAP - 2 * windowBlocks
    if (!isGap && !isRepeat) return
    const repeatsMax = isGap ? 1 : windowBlocks === 1 ? REPEATED_ACKS_MAX : 0
    const isLate = now - this.#clock.sentAt >= this.#clock.firstMs / 4
    if (this.#repeatedAcks >= repeatsMax && !isLate) return
    this.#repeatedAcks += 1
    this.#retransmits += 1
    this.#acknowledge(now)
  }

  #sendLatest(now: Instant): void {
    const { path, opening } = this.#options
    if (!this.#isOpening || opening === undefined) return this.#acknowledge(now)
    if (!this.#maySend(opening.length)) return
    sendDatagram(path, opening)
    this.#clock.sent(now)
  }

  get #isProgressOwed(): boolean {
    return !this.#isPaused && this.#options.isPatient !== true
  }

  #maySend(bytes: number): boolean {
    const maySend = this.#isProved || this.#options.path.allowance?.spend(bytes) !== false
    this.#hasSent ||= maySend
    return maySend
  }

  /** True when the first DATA answers what has left: a block of the first window. */
  #proves(ahead: number, now: Instant): boolean {
    if (!this.#hasSent || ahead === 0 || ahead > this.#options.windowBlocks) return false
    this.#isProved = true
    this.#options.path.allowance?.prove(now)
    return true
  }

  /** The peer's window starts anew behind each ACK. */
  #acknowledge(now: Instant): void {
    if (!this.#maySend(ACK_BYTES)) return
    sendAck(this.#options.path, this.lastBlockNumber)
    this.#inWindow = 0
    this.#isAckDue = false
    this.#clock.sent(now)
  }

  #blocksAhead(blockNumber: number): number | undefined {
    const isAtWrap = this.#received === LAST_BEFORE_WRAP
    if (this.#isRolloverOpen && isAtWrap && blockNumber <= 1)
      this.#rolloverTo = blockNumber === 0 ? 0 : 1
    return blocksAhead(blockNumber, this.#received, this.#rolloverTo)
  }
}
