import type { Peer } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import { Backoff, type BackoffOptions } from './backoff.ts'

/** Timers of a client's request. */
export interface RequestTimers extends BackoffOptions {
  /** End without a sign of life, in ms. Default 60,000. */
  readonly giveUpMs?: number
  /** Requests in a row without a sign of life, from 1. Default: as many as `giveUpMs` allows. */
  readonly attemptsMax?: number
}

/**
 * A longer promise is taken for this many seconds: if the request was lost and the PAUSE forged, it
 * is repeated while there is time.
 */
const PROMISE_SECONDS_MAX = 60

/**
 * When a client asks again, and when it gives up, until the first OACK, DATA or ACK.
 *
 * A PAUSE is a sign of life: what it promises counts as heard, but moves no limit that the client
 * has set for the whole wait.
 */
export class RequestClock {
  readonly #backoff: Backoff
  readonly #giveUpMs: number
  readonly #attemptsMax: number
  readonly #pauseSeconds: number | undefined
  #limitAt: Instant = Number.POSITIVE_INFINITY
  #askedAt: Instant = 0
  /** Until when the server is taken to be alive. */
  #aliveUntil: Instant = 0
  #pausedBy: Peer | undefined
  #askedCount = 0
  #unansweredCount = 0
  #pauseCount = 0

  /** @param pauseSeconds - `pause` as asked: the wait in all, in seconds; undefined: not asked. */
  constructor(timers: RequestTimers, pauseSeconds: number | undefined) {
    this.#backoff = new Backoff(timers)
    this.#giveUpMs = timers.giveUpMs ?? 60_000
    this.#attemptsMax = timers.attemptsMax ?? Number.POSITIVE_INFINITY
    this.#pauseSeconds = pauseSeconds
  }

  /** Requests sent, but for the first. */
  get repeats(): number {
    return Math.max(0, this.#askedCount - 1)
  }

  /** PAUSEs taken; undefined where `pause` was not asked. */
  get pauseCount(): number | undefined {
    return this.#pauseSeconds === undefined ? undefined : this.#pauseCount
  }

  /** Who has promised a sign of life, for as long as the promise stands. */
  get pausedBy(): Peer | undefined {
    return this.#pausedBy
  }

  /** When to look again: to ask once more or to give up. */
  get wakeAt(): Instant {
    const quietSince = Math.max(this.#askedAt, this.#aliveUntil)
    return Math.min(quietSince + this.#backoff.waitMs, this.#giveUpAt)
  }

  /** True when there is no sense in asking again. */
  isGivenUp(now: Instant): boolean {
    return now >= this.#giveUpAt || this.#unansweredCount >= this.#attemptsMax
  }

  /** The request leaves. If a promise was broken, another port may answer now. */
  asked(now: Instant): void {
    if (this.#askedCount === 0) this.#start(now)
    if (this.#unansweredCount > 0) this.#backoff.increase()
    this.#pausedBy = undefined
    this.#askedAt = now
    this.#askedCount += 1
    this.#unansweredCount += 1
  }

  /**
   * Takes a PAUSE.
   *
   * @param seconds - As on the wire, 0–65535.
   * @returns False when it means nothing, because `pause` was not asked.
   */
  paused(seconds: number, from: Peer, now: Instant): boolean {
    if (this.#pauseSeconds === undefined) return false
    this.#pausedBy = from
    this.#aliveUntil = now + Math.min(seconds, PROMISE_SECONDS_MAX) * 1000
    this.#pauseCount += 1
    this.#unansweredCount = 0
    this.#backoff.reset()
    return true
  }

  get #giveUpAt(): Instant {
    return Math.min(this.#aliveUntil + this.#giveUpMs, this.#limitAt)
  }

  #start(now: Instant): void {
    this.#aliveUntil = now
    if (this.#pauseSeconds !== undefined) this.#limitAt = now + this.#pauseSeconds * 1000
  }
}
