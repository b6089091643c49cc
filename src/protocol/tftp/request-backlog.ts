import type { Instant } from '../../base/instant.ts'

/** Requests that come in one turn, at least, where more of them wait. */
const FULL_TURN_REQUESTS = 8
/** Shorter bursts are no backlog, in ms. */
const BURST_MS = 100

/**
 * Tells whether requests are read later than they came. What is read then was sent before what the
 * server has done since: a request that was served meanwhile is a repeat of it, not a new one.
 *
 * A transport that has more requests than it can hand over hands over many, turn after turn.
 */
export class RequestBacklog {
  #turnAt: Instant = Number.NEGATIVE_INFINITY
  #turnRequests = 0
  #since: Instant | undefined

  /** A datagram is taken; all of one turn have the same time. */
  turn(now: Instant): void {
    if (now === this.#turnAt) return
    if (this.#turnRequests < FULL_TURN_REQUESTS) this.#since = undefined
    else this.#since ??= this.#turnAt
    this.#turnAt = now
    this.#turnRequests = 0
  }

  /** That datagram is a request. */
  request(): void {
    this.#turnRequests += 1
  }

  /** What came to be after this may be older than it looks; undefined: there is no backlog. */
  since(now: Instant): Instant | undefined {
    return this.#since !== undefined && now - this.#since >= BURST_MS ? this.#since : undefined
  }
}
