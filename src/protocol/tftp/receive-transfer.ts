import type { Outbox, Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Backoff } from './backoff.ts'
import { blockNumberOf, blocksAhead } from './block-sequence.ts'
import { encodeAck } from './packet.ts'

export interface ReceiveTransferOptions {
  readonly outbox: Outbox
  readonly socket: SocketId
  readonly peer: Peer
  /** Bytes per block, 8–65464; a shorter one is the last. */
  readonly blockBytes: number
  /** Blocks per ACK, 1–65535 (RFC 7440). */
  readonly windowBlocks: number
  /** The block number that follows 65535; undefined: whichever comes. */
  readonly rolloverTo?: 0 | 1
  /** First wait before a resend, in ms. Default 1000. */
  readonly retryMs?: number
  /** Waits double up to this, in ms. Default 5000. */
  readonly retryMsMax?: number
  /** End without progress, in ms. Default 30,000. */
  readonly giveUpMs?: number
  /** What asks for block 1: an OACK, or ACK 0. Undefined: block 1 is already here. */
  readonly opening?: Uint8Array
  /** Takes the payload of the next block; valid during the call. */
  readonly onBlock: (payload: Uint8Array) => void
}

/** What a DATA packet did. */
export type Received = 'block' | 'last' | 'nothing'

/**
 * One file on its way from one peer: no socket, no timer, no clock.
 *
 * Acknowledges each window and, once per gap, the block before it (RFC 7440 §4). The last block is acknowledged by
 * `finish` alone: an upload is accepted only when it has been judged.
 */
export class ReceiveTransfer {
  readonly #options: ReceiveTransferOptions
  readonly #backoff: Backoff
  readonly #giveUpMs: number
  #rolloverTo: 0 | 1 | undefined
  /** Blocks received in order. */
  #received = 0
  /** Blocks acknowledged. */
  #acked = 0
  #bytes = 0
  #hasLast = false
  #isFinished = false
  #isPaused = false
  #isAckWithheld = false
  /** One ACK for a gap, until a block comes in order or the timer runs out. */
  #hasReportedGap = false
  #retransmits = 0
  #lastSentAt: Instant
  #lastProgressAt: Instant
  #isOver = false

  constructor(options: ReceiveTransferOptions, now: Instant) {
    this.#options = options
    this.#rolloverTo = options.rolloverTo
    this.#backoff = new Backoff(options)
    this.#giveUpMs = options.giveUpMs ?? 30_000
    this.#lastSentAt = now
    this.#lastProgressAt = now
  }

  get receivedBlocks(): number {
    return this.#received
  }

  /** Bytes received, as on the wire. */
  get receivedBytes(): number {
    return this.#bytes
  }

  get retransmits(): number {
    return this.#retransmits
  }

  /** True once the short block has come. */
  get hasLast(): boolean {
    return this.#hasLast
  }

  /** When `wake` should next be called; undefined while nothing is waited for from the peer. */
  get wakeAt(): Instant | undefined {
    if (this.#isOver || this.#isPaused || this.#hasLast) return undefined
    return this.#lastSentAt + this.#backoff.waitMs
  }

  /** Sends what asks for block 1. */
  start(now: Instant): void {
    const { opening } = this.#options
    if (opening !== undefined) this.#send(opening, now)
  }

  stop(): void {
    this.#isOver = true
  }

  /** Takes a DATA packet. */
  receive(blockNumber: number, payload: Uint8Array, now: Instant): Received {
    if (this.#isOver) return 'nothing'
    if (this.#isNext(blockNumber)) return this.#take(payload, now)
    if (this.#isFinished) this.#acknowledge(now, true)
    else if (!this.#hasLast) this.#outOfOrder(blockNumber, now)
    return 'nothing'
  }

  /** While paused no ACK leaves, so the peer waits. */
  pause(): void {
    this.#isPaused = true
  }

  resume(now: Instant): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#lastProgressAt = now
    this.#lastSentAt = now
    if (this.#isAckWithheld) this.#acknowledge(now, false)
  }

  /** Acknowledges the last block: the file is accepted. Repeats of it are acknowledged again until `stop`. */
  finish(now: Instant): void {
    if (!this.#hasLast || this.#isFinished || this.#isOver) return
    this.#isFinished = true
    this.#acknowledge(now, false)
  }

  /** Repeats the latest ACK. @returns False when the peer has been given up. */
  wake(now: Instant): boolean {
    const { wakeAt } = this
    if (wakeAt === undefined || wakeAt > now) return true
    if (now - this.#lastProgressAt >= this.#giveUpMs) return false
    this.#backoff.increase()
    this.#hasReportedGap = false
    const { opening } = this.#options
    if (this.#received === 0 && opening !== undefined) {
      this.#retransmits += 1
      this.#send(opening, now)
    } else this.#acknowledge(now, true)
    return true
  }

  #take(payload: Uint8Array, now: Instant): Received {
    this.#received += 1
    this.#bytes += payload.length
    this.#lastProgressAt = now
    this.#lastSentAt = now
    this.#hasReportedGap = false
    this.#backoff.reset()
    this.#hasLast = payload.length < this.#options.blockBytes
    if (payload.length > 0) this.#options.onBlock(payload)
    if (this.#hasLast) return 'last'
    if (this.#received - this.#acked >= this.#options.windowBlocks) this.#acknowledge(now, false)
    return 'block'
  }

  /**
   * A block that is not the next. One ahead says that something was lost: the block before the gap is acknowledged
   * once. One behind is a repeat; only a repeat of the newest block says that its ACK was lost.
   */
  #outOfOrder(blockNumber: number, now: Instant): void {
    if (this.#received === 0 && this.#options.opening === undefined) return
    const ahead = blocksAhead(blockNumber, this.#received, this.#rolloverTo ?? 0)
    if (ahead === 0) {
      if (this.#received > 0) this.#acknowledge(now, true)
      return
    }
    const isAhead = ahead !== undefined && ahead <= this.#options.windowBlocks
    if (!isAhead || this.#hasReportedGap) return
    this.#hasReportedGap = true
    this.#acknowledge(now, this.#received === this.#acked)
  }

  #isNext(blockNumber: number): boolean {
    if (this.#hasLast) return false
    if (this.#rolloverTo === undefined && this.#received === 65_535) {
      // The sender shows which rollover it means: 0 and 1 are both in use.
      if (blockNumber > 1) return false
      this.#rolloverTo = blockNumber === 1 ? 1 : 0
    }
    return blockNumber === blockNumberOf(this.#received + 1, this.#rolloverTo ?? 0)
  }

  #acknowledge(now: Instant, isRepeat: boolean): void {
    if (this.#isPaused) {
      this.#isAckWithheld = true
      return
    }
    this.#isAckWithheld = false
    this.#acked = this.#received
    if (isRepeat) this.#retransmits += 1
    this.#send(encodeAck(blockNumberOf(this.#received, this.#rolloverTo ?? 0)), now)
  }

  #send(packet: Uint8Array, now: Instant): void {
    const { outbox, socket, peer } = this.#options
    const offset = outbox.reserve(packet.length)
    outbox.slab.set(packet, offset)
    outbox.commit(socket, peer, packet.length)
    this.#lastSentAt = now
  }
}
