/**
 * When a server says PAUSE while a file is made, for a client that asked for it: the experimental
 * option `pause`, of which docs/pause.md says all.
 */
import type { Instant } from '../../base/instant.ts'
import type { TftpRequest } from './server-events.ts'
import { parseWithin, wireRanges } from './wire-options.ts'

/** Most files are there by then, in ms, and nothing needs to be said. */
export const FIRST_PAUSE_MS = 500
/** How much earlier than promised the next PAUSE leaves, in ms: time to travel. */
const EARLY_MS = 1000
/** However often a client repeats its request, no two leave within this time, in ms. */
const GAP_MS = 1000
/**
 * Sent in a row to a client that is not heard, at most. Together they are shorter than any request,
 * so a request with a forged source turns nothing against whoever has that address.
 */
const UNHEARD_MAX = 3

/** What a plan is made of. */
export interface PausePlanOptions {
  /** What the client is willing to wait for the first byte in all, in seconds, 1–3600. */
  readonly secondsAsked: number
  /** When its request came. */
  readonly startedAt: Instant
  /** What one PAUSE promises, in seconds, 2–60. Default 5. */
  readonly promiseSeconds?: number
}

/** What is due next, if the file is not there before. */
export type PauseStep =
  | { readonly at: Instant; readonly kind: 'pause'; readonly seconds: number }
  /** The client has waited as long as it would: ERROR. */
  | { readonly at: Instant; readonly kind: 'expired' }

/**
 * How long the client of a read is willing to wait for the first byte, in seconds, 1–3600.
 *
 * @returns Undefined when it has not asked, or not for a number in that range, or writes.
 */
export function pauseSecondsAsked({ kind, options }: TftpRequest): number | undefined {
  const value = options.get('pause')
  return kind === 'write' || value === undefined ? undefined : parseWithin(value, wireRanges.pause)
}

/** The PAUSEs of one held read: no socket, no timer, no clock. */
export class PausePlan {
  readonly #expiresAt: Instant
  readonly #promiseMs: number
  #sentAt: Instant | undefined
  /** Undefined: the next one waits for a sign of the client, or none fits before the end. */
  #dueAt: Instant | undefined
  #unheardCount = 0

  constructor({ secondsAsked, startedAt, promiseSeconds = 5 }: PausePlanOptions) {
    this.#expiresAt = startedAt + secondsAsked * 1000
    this.#promiseMs = promiseSeconds * 1000
    this.#dueAt = startedAt + FIRST_PAUSE_MS
  }

  /** What is due next, and when. */
  next(): PauseStep {
    const at = this.#dueAt
    if (at === undefined || at >= this.#expiresAt) return { at: this.#expiresAt, kind: 'expired' }
    const seconds = Math.ceil(Math.min(this.#promiseMs, this.#expiresAt - at) / 1000)
    return { at, kind: 'pause', seconds }
  }

  /** The PAUSE that was due has left. */
  sent(now: Instant): void {
    this.#sentAt = now
    this.#unheardCount += 1
    const isLast = now + this.#promiseMs >= this.#expiresAt
    const isUnheard = this.#unheardCount >= UNHEARD_MAX
    this.#dueAt = isLast || isUnheard ? undefined : now + this.#nextMs
  }

  /** The client has repeated its request: it has missed a PAUSE, or is not yet told. */
  repeated(now: Instant): void {
    this.#unheardCount = 0
    if (this.#sentAt !== undefined) this.#dueAt = Math.max(now, this.#sentAt + GAP_MS)
  }

  get #nextMs(): number {
    return Math.max(GAP_MS, this.#promiseMs - EARLY_MS)
  }
}
