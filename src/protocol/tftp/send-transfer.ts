import type { Instant } from '../../base/instant.ts'
import { blocksAhead } from './block-sequence.ts'
import type { ByteWindow } from './byte-window.ts'
import { type BlockShape, DataWriter } from './data-writer.ts'
import { DATA_HEADER_BYTES } from './packet.ts'
import { TransferClock, type TransferTimers } from './transfer-clock.ts'
import { sendDatagram, type WirePath } from './wire-path.ts'

/** Bytes kept ahead, at least: small windows need not ask their source for every block. */
const AHEAD_BYTES_MIN = 64 * 1024

/** What a transfer is sent with. */
export interface SendTransferOptions extends BlockShape, TransferTimers {
  readonly path: WirePath
  /** The bytes of the file; whoever fills it calls `sendWindow`. */
  readonly window: ByteWindow
  /** Blocks per window, 1–65535 (RFC 7440). */
  readonly windowBlocks: number
  /** Sent first and repeated until ACK 0: an OACK. Undefined: DATA 1 comes first. */
  readonly opening?: Uint8Array
}

/**
 * One file on its way to one peer: no socket, no timer, no clock.
 *
 * Blocks are counted, not numbered: counts do not wrap. `#acked` blocks have arrived, `#sent` have
 * left; what lies between is outstanding. When nothing is outstanding and the source has not
 * provided the next block, the transfer is stalled: the last block that was acknowledged is then
 * repeated, as waits demand, because some clients give up in silence. A stall ends the transfer
 * only when the client shows no life either.
 *
 * Until the peer has answered, the path's allowance is asked before each datagram. What may not go
 * has not left: the timer tries again.
 *
 * @see RFC 1350 §2 (lock step), §6 (a short block ends the transfer), RFC 7440 §4 (windows)
 */
export class SendTransfer {
  readonly #options: SendTransferOptions
  readonly #window: ByteWindow
  readonly #writer: DataWriter
  readonly #clock: TransferClock
  #isOpening: boolean
  #hasSentOpening = false
  /** Nothing is asked any more: the peer has answered, or need not. */
  #isProved: boolean
  #acked = 0
  #sent = 0
  #retransmits = 0
  /** A duplicate ACK restarts the window at most once until there is progress or a timeout. */
  #hasRestarted = false
  /** When the first of the outstanding blocks left. */
  #windowSentAt: Instant
  /** True when an ACK cannot tell which of two sends it answers (Karn's rule). */
  #isAmbiguous = false
  /** The shortest round trip seen, in ms; undefined before the first. */
  #roundTripMs: number | undefined
  #isOver = false

  constructor(options: SendTransferOptions, now: Instant) {
    const { path, window } = options
    this.#options = options
    this.#window = window
    this.#writer = new DataWriter({ path, shape: options, window })
    this.#clock = new TransferClock(options, now)
    this.#isOpening = options.opening !== undefined
    this.#isProved = path.allowance === undefined
    this.#windowSentAt = now
  }

  /** Blocks that have arrived. */
  get ackedBlocks(): number {
    return this.#acked
  }

  /** File bytes that have arrived, as on the wire. */
  get ackedBytes(): number {
    return Math.min(this.#acked * this.#options.blockBytes, this.#window.endOffset)
  }

  /** Datagrams sent again. */
  get retransmits(): number {
    return this.#retransmits
  }

  /** True until ACK 0 has come, if the transfer opens with an OACK. */
  get isOpening(): boolean {
    return this.#isOpening
  }

  /** True when every byte was acknowledged. */
  get isDelivered(): boolean {
    return this.#acked === this.#totalBlocks
  }

  /** True once the last block has left. */
  get hasSentAll(): boolean {
    return this.#sent === this.#totalBlocks
  }

  /** True once anything has left. */
  get hasSent(): boolean {
    return this.#hasSentOpening || this.#sent > 0
  }

  /** True while more of the file should be buffered. */
  get wantsBytes(): boolean {
    if (this.#isOver || this.#window.isEnded) return false
    const { blockBytes, windowBlocks } = this.#options
    const ahead = this.#window.endOffset - this.#acked * blockBytes
    return ahead < Math.max(2 * windowBlocks * blockBytes, AHEAD_BYTES_MIN)
  }

  /** When `wake` should next be called; undefined once the transfer is over. */
  get wakeAt(): Instant | undefined {
    return this.#isOver ? undefined : this.#clock.wakeAt(!this.#isStalled)
  }

  /** Sends the OACK, or what there is of the first window. */
  start(now: Instant): void {
    if (this.#isOpening) this.#sendOpening(now)
    else this.sendWindow(now)
  }

  /** Lets go of all bytes; nothing is sent any more. */
  stop(): void {
    this.#isOver = true
    this.#window.clear()
  }

  /** The peer showed life without an ACK: it repeated its request. */
  heard(now: Instant): void {
    this.#clock.heard(now)
  }

  /**
   * Takes an ACK.
   *
   * At windowsize 1 a duplicate never provokes DATA: answering it would double every later packet
   * ("Sorcerer's Apprentice", RFC 1123 §4.2.3.1). With a window it says that the receiver saw a
   * gap; the window then restarts behind it, at most once until there is progress or a timeout, so
   * that two sides cannot keep each other busy.
   */
  acknowledge(blockNumber: number, now: Instant): void {
    if (this.#isOver) return
    const ahead = blocksAhead(blockNumber, this.#acked, this.#options.rolloverTo)
    if (ahead === undefined || this.#acked + ahead > this.#sent) return
    this.#clock.heard(now)
    if (this.#isOpening) this.#opened(now)
    else if (ahead > 0) this.#progress(ahead, now)
    else this.#duplicate(now)
  }

  /** Sends what may be sent: blocks that are there, have not left and fit into the window. */
  sendWindow(now: Instant): void {
    if (this.#isOver || this.#isOpening) return
    const end = this.#windowEnd
    if (this.#sent >= end || !this.#maySendBlocks(this.#sent, end)) return
    // After a stall the peer has the whole of its time again.
    if (this.#isStalled) this.#clock.progressed(now)
    this.#send(this.#sent, end, now)
  }

  /** Repeats what was not acknowledged. @returns False when the peer has been given up. */
  wake(now: Instant): boolean {
    const { wakeAt } = this
    if (wakeAt === undefined || wakeAt > now) return true
    if (now >= this.#clock.giveUpAt(!this.#isStalled)) return false
    this.#clock.repeated(now)
    this.#hasRestarted = false
    if (this.#isOpening) this.#sendOpening(now)
    else if (this.#isStalled) this.#repeatLast(now)
    else this.#resendWindow(now)
    return true
  }

  #opened(now: Instant): void {
    if (!this.#hasSentOpening) return
    this.#isOpening = false
    this.#prove(now)
    this.#measure(now)
    this.#clock.progressed(now)
    this.sendWindow(now)
  }

  #progress(blocks: number, now: Instant): void {
    this.#acked += blocks
    if (!this.#isProved) this.#prove(now)
    this.#clock.progressed(now)
    this.#hasRestarted = false
    // One acknowledged block is kept: it is repeated while the source stalls.
    this.#window.release((this.#acked - 1) * this.#options.blockBytes)
    if (this.#isStalled) {
      this.#measure(now)
      this.sendWindow(now)
      return
    }
    // An ACK inside the window says that what follows it was lost (RFC 7440 §4).
    this.#resendWindow(now)
  }

  #duplicate(now: Instant): void {
    if (this.#options.windowBlocks === 1 || this.#isStalled || this.#hasRestarted) return
    // Sooner than a round trip it is an echo of the ACK before: to answer it would send every
    // later window twice.
    if (now - this.#windowSentAt < (this.#roundTripMs ?? 0)) return
    this.#hasRestarted = true
    this.#resendWindow(now)
  }

  #resendWindow(now: Instant): void {
    const end = this.#windowEnd
    if (!this.#maySendBlocks(this.#acked, end)) return
    this.#retransmits += this.#sent - this.#acked
    this.#isAmbiguous = true
    this.#send(this.#acked, end, now)
  }

  #repeatLast(now: Instant): void {
    // Nothing to repeat, but there may be a first block that might not go before.
    if (this.#acked === 0) return this.sendWindow(now)
    this.#retransmits += 1
    this.#writer.write(this.#acked - 1, this.#acked)
    this.#clock.sent(now)
  }

  #sendOpening(now: Instant): void {
    const { opening, path } = this.#options
    if (opening === undefined || !this.#maySend(opening.length)) return
    if (this.#hasSentOpening) {
      this.#retransmits += 1
      this.#isAmbiguous = true
    } else {
      this.#hasSentOpening = true
      this.#windowSentAt = now
    }
    sendDatagram(path, opening)
    this.#clock.sent(now)
  }

  #prove(now: Instant): void {
    this.#isProved = true
    this.#options.path.allowance?.prove(now)
  }

  #maySend(bytes: number): boolean {
    return this.#isProved || this.#options.path.allowance?.spend(bytes) !== false
  }

  #maySendBlocks(from: number, to: number): boolean {
    if (this.#isProved) return true
    const { blockBytes } = this.#options
    const payloadBytes = Math.min(to * blockBytes, this.#window.endOffset) - from * blockBytes
    return this.#maySend(payloadBytes + (to - from) * DATA_HEADER_BYTES)
  }

  #send(from: number, to: number, now: Instant): void {
    if (from === this.#acked) this.#windowSentAt = now
    this.#writer.write(from, to)
    this.#sent = to
    this.#clock.sent(now)
  }

  #measure(now: Instant): void {
    const roundTripMs = now - this.#windowSentAt
    if (!this.#isAmbiguous) {
      this.#roundTripMs = Math.min(this.#roundTripMs ?? roundTripMs, roundTripMs)
    }
    this.#isAmbiguous = false
  }

  /** True when it is the source's turn: nothing is outstanding. */
  get #isStalled(): boolean {
    return !this.#isOpening && this.#sent === this.#acked
  }

  /** Blocks that may have left by now. */
  get #windowEnd(): number {
    return Math.min(this.#acked + this.#options.windowBlocks, this.#availableBlocks)
  }

  /** Blocks the file has; unknown, and so infinite, before its end is. */
  get #totalBlocks(): number {
    if (!this.#window.isEnded) return Number.POSITIVE_INFINITY
    return this.#availableBlocks
  }

  get #availableBlocks(): number {
    const fullBlocks = Math.floor(this.#window.endOffset / this.#options.blockBytes)
    // A file that ends on a block's edge ends with an empty block (RFC 1350 §6).
    return this.#window.isEnded ? fullBlocks + 1 : fullBlocks
  }
}
