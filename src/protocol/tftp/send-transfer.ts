import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Backoff } from './backoff.ts'
import { blockNumberOf, blocksAhead } from './block-sequence.ts'
import { ByteWindow } from './byte-window.ts'
import { DATA_HEADER_BYTES, writeDataHeader } from './packet.ts'

/** Datagrams in one run: what the kernel takes as segments of one send. */
const RUN_BLOCKS_MAX = 64
/** Bytes in one run, for the same reason. */
const RUN_BYTES_MAX = 65_000
/** Bytes kept ahead of the window, at least: small windows need not ask their source for every block. */
const AHEAD_BYTES_MIN = 64 * 1024

export interface SendTransferOptions {
  readonly outbox: Outbox
  /** The socket that sends. */
  readonly socket: SocketId
  readonly peer: Peer
  /** Bytes per block, 8–65464. */
  readonly blockBytes: number
  /** Blocks per window, 1–65535 (RFC 7440). */
  readonly windowBlocks: number
  /** The block number that follows 65535. */
  readonly rolloverTo: 0 | 1
  /** First wait before a resend, in ms. Default 1000. */
  readonly retryMs?: number
  /** Waits double up to this, in ms. Default 5000. */
  readonly retryMsMax?: number
  /** End without progress, in ms. Default 30,000. */
  readonly giveUpMs?: number
  /** Sent first and repeated until ACK 0: an OACK. Undefined: DATA 1 comes first. */
  readonly opening?: Uint8Array
}

/**
 * One file on its way to one peer: no socket, no timer, no clock.
 *
 * Blocks are counted, not numbered: counts do not wrap. `#acked` blocks have arrived, `#sent` have left; what lies
 * between is outstanding.
 *
 * @see RFC 1350 §2 (lock step), §6 (a short block ends the transfer), RFC 7440 §4 (windows)
 */
export class SendTransfer {
  readonly window = new ByteWindow()
  readonly #options: SendTransferOptions
  readonly #backoff: Backoff
  readonly #giveUpMs: number
  #isOpening: boolean
  #acked = 0
  #sent = 0
  /** Most blocks ever sent: what is sent below it is sent again. */
  #sentMost = 0
  #retransmits = 0
  /** A duplicate ACK restarts the window at most once until there is progress or a timeout. */
  #hasRestarted = false
  #lastSentAt: Instant
  #lastProgressAt: Instant
  #lastHeardAt: Instant
  #isOver = false

  constructor(options: SendTransferOptions, now: Instant) {
    this.#options = options
    this.#backoff = new Backoff(options)
    this.#giveUpMs = options.giveUpMs ?? 30_000
    this.#isOpening = options.opening !== undefined
    this.#lastSentAt = now
    this.#lastProgressAt = now
    this.#lastHeardAt = now
  }

  /** Blocks that have arrived. */
  get ackedBlocks(): number {
    return this.#acked
  }

  /** File bytes that have arrived. */
  get ackedBytes(): number {
    return Math.min(this.#acked * this.#options.blockBytes, this.window.endOffset)
  }

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

  /** True once a block has left. */
  get hasSentData(): boolean {
    return this.#sentMost > 0
  }

  /** True while more of the file should be buffered. */
  get wantsBytes(): boolean {
    if (this.#isOver || this.window.isEnded) return false
    const { blockBytes, windowBlocks } = this.#options
    const ahead = this.window.endOffset - this.#acked * blockBytes
    return ahead < Math.max(2 * windowBlocks * blockBytes, AHEAD_BYTES_MIN)
  }

  /** When `wake` should next be called; undefined once the transfer is over. */
  get wakeAt(): Instant | undefined {
    return this.#isOver ? undefined : this.#lastSentAt + this.#backoff.waitMs
  }

  /** Sends the OACK, or what there is of the first window. */
  start(now: Instant): void {
    if (this.#isOpening) this.#sendOpening(now)
    else this.sendWindow(now)
  }

  /** Lets go of all bytes; nothing is sent any more. */
  stop(): void {
    this.#isOver = true
    this.window.clear()
  }

  /**
   * Takes an ACK.
   *
   * At windowsize 1 a duplicate never provokes DATA: answering it would double every later packet ("Sorcerer's
   * Apprentice", RFC 1123 §4.2.3.1). With a window it says that the receiver saw a gap; the window then restarts behind
   * it, at most once until there is progress or a timeout, so that two sides cannot keep each other busy.
   */
  acknowledge(blockNumber: number, now: Instant): void {
    if (this.#isOver) return
    const ahead = blocksAhead(blockNumber, this.#acked, this.#options.rolloverTo)
    if (ahead === undefined || this.#acked + ahead > this.#sent) return
    this.#lastHeardAt = now
    if (this.#isOpening) this.#opened(now)
    else if (ahead > 0) this.#progress(ahead, now)
    else this.#duplicate(now)
  }

  /** Sends what may be sent: blocks that are there and fit into the window. */
  sendWindow(now: Instant): void {
    if (this.#isOver || this.#isOpening) return
    const end = Math.min(this.#acked + this.#options.windowBlocks, this.#availableBlocks)
    if (this.#sent >= end) return
    if (this.#sent === this.#acked)
      this.#lastProgressAt = Math.max(this.#lastProgressAt, this.#lastHeardAt)
    while (this.#sent < end) this.#sendRun(end)
    this.#lastSentAt = now
  }

  /** Repeats what was not acknowledged. @returns False when the peer has been given up. */
  wake(now: Instant): boolean {
    const { wakeAt } = this
    if (wakeAt === undefined || wakeAt > now) return true
    const isStalled = !this.#isOpening && this.#sent === this.#acked
    // While the source is what is waited for, only the peer's own silence counts.
    const since = isStalled ? this.#lastHeardAt : this.#lastProgressAt
    if (now - since >= this.#giveUpMs) return false
    this.#backoff.increase()
    this.#hasRestarted = false
    if (this.#isOpening) {
      this.#retransmits += 1
      this.#sendOpening(now)
    } else if (isStalled) this.#repeatLast(now)
    else this.#resendWindow(now)
    return true
  }

  #opened(now: Instant): void {
    this.#isOpening = false
    this.#lastProgressAt = now
    this.#backoff.reset()
    this.sendWindow(now)
    this.#lastSentAt = now
  }

  #progress(blocks: number, now: Instant): void {
    this.#acked += blocks
    this.#lastProgressAt = now
    this.#hasRestarted = false
    this.#backoff.reset()
    // One acknowledged block is kept: it is repeated while the source stalls.
    this.window.release((this.#acked - 1) * this.#options.blockBytes)
    // An ACK inside the window says that what follows it was lost (RFC 7440 §4).
    this.#sent = this.#acked
    this.sendWindow(now)
  }

  #duplicate(now: Instant): void {
    const isOutstanding = this.#sent > this.#acked
    if (this.#options.windowBlocks === 1 || !isOutstanding || this.#hasRestarted) return
    this.#hasRestarted = true
    this.#resendWindow(now)
  }

  #resendWindow(now: Instant): void {
    this.#sent = this.#acked
    this.sendWindow(now)
  }

  /** The source stalls: the last block again keeps a client alive that would give up in silence. */
  #repeatLast(now: Instant): void {
    if (this.#acked > 0) {
      this.#sent = this.#acked - 1
      this.#sendRun(this.#acked)
    }
    this.#lastSentAt = now
  }

  #sendOpening(now: Instant): void {
    const { outbox, socket, peer, opening } = this.#options
    if (opening === undefined) return
    const offset = outbox.reserve(opening.length)
    outbox.slab.set(opening, offset)
    outbox.commit(socket, peer, opening.length)
    this.#lastSentAt = now
  }

  /** Blocks the file has; unknown, and so infinite, before its end is. */
  get #totalBlocks(): number {
    if (!this.window.isEnded) return Number.POSITIVE_INFINITY
    // A file that ends on a block's edge ends with an empty block (RFC 1350 §6).
    return Math.floor(this.window.endOffset / this.#options.blockBytes) + 1
  }

  get #availableBlocks(): number {
    if (this.window.isEnded) return this.#totalBlocks
    return Math.floor(this.window.endOffset / this.#options.blockBytes)
  }

  /** Writes blocks `#sent` to at most `end` as one run of equal datagrams, the last perhaps shorter. */
  #sendRun(end: number): void {
    const { outbox, socket, peer, blockBytes, rolloverTo } = this.#options
    const segmentBytes = blockBytes + DATA_HEADER_BYTES
    const fitting = Math.max(1, Math.floor(RUN_BYTES_MAX / segmentBytes))
    const blocks = Math.min(end - this.#sent, RUN_BLOCKS_MAX, fitting)
    const start = outbox.reserve(blocks * segmentBytes)
    const { slab } = outbox
    let at = start
    for (let index = 0; index < blocks; index += 1) {
      const from = this.#sent * blockBytes
      const bytes = Math.min(blockBytes, this.window.endOffset - from)
      this.#sent += 1
      if (this.#sent <= this.#sentMost) this.#retransmits += 1
      writeDataHeader(slab, at, blockNumberOf(this.#sent, rolloverTo))
      this.window.copyTo(slab, at + DATA_HEADER_BYTES, { from, bytes })
      at += DATA_HEADER_BYTES + bytes
    }
    this.#sentMost = Math.max(this.#sentMost, this.#sent)
    if (blocks === 1) outbox.commit(socket, peer, at - start)
    else outbox.commit(socket, peer, at - start, segmentBytes)
  }
}
