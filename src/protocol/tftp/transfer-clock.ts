import type { Instant } from '../../base/instant.ts'
import { Backoff, type BackoffOptions } from './backoff.ts'

/** Timers of a transfer. */
export interface TransferTimers extends BackoffOptions {
  /**
   * End without progress, in ms. Default 30,000; at least three times the first wait, so that a
   * peer that asked for slow resends gets some.
   */
  readonly giveUpMs?: number
}

/** Resends that a peer gets before it is given up, at least. */
const WAITS_MIN = 3

/**
 * When a transfer sends again, and when it gives up.
 *
 * While the peer owes something, time runs from the latest progress: however lively, a peer that
 * never gets further is given up. While we owe something, only the peer's silence counts.
 */
export class TransferClock {
  readonly #backoff: Backoff
  readonly #giveUpMs: number
  #sentAt: Instant
  #heardAt: Instant
  #progressAt: Instant

  constructor(timers: TransferTimers, now: Instant) {
    this.#backoff = new Backoff(timers)
    this.#giveUpMs = Math.max(timers.giveUpMs ?? 30_000, WAITS_MIN * this.#backoff.firstMs)
    this.#sentAt = now
    this.#heardAt = now
    this.#progressAt = now
  }

  /** The first wait, in ms. */
  get firstMs(): number {
    return this.#backoff.firstMs
  }

  /** When the latest datagram left. */
  get sentAt(): Instant {
    return this.#sentAt
  }

  /** When to look again: to send once more or to give up. */
  wakeAt(isPeersTurn: boolean): Instant {
    return Math.min(this.#sentAt + this.#backoff.waitMs, this.giveUpAt(isPeersTurn))
  }

  /** When the peer is given up if nothing comes. */
  giveUpAt(isPeersTurn: boolean): Instant {
    return (isPeersTurn ? this.#progressAt : this.#heardAt) + this.#giveUpMs
  }

  /** Something left, or was to be repeated and there was nothing. */
  sent(now: Instant): void {
    this.#sentAt = now
  }

  /** The peer showed life. */
  heard(now: Instant): void {
    this.#heardAt = now
  }

  /** The transfer got further: waits are short again. */
  progressed(now: Instant): void {
    this.#heardAt = now
    this.#progressAt = now
    this.#sentAt = now
    this.#backoff.reset()
  }

  /** Something left again, without progress. */
  repeated(now: Instant): void {
    this.#sentAt = now
    this.#backoff.increase()
  }
}
