/** How long to wait before sending again. */
export interface BackoffOptions {
  /** The first wait, in ms, at least 10: what the client asked for, or one's own. Default 1000. */
  readonly retryMs?: number
  /** Waits double up to this, in ms; a longer first wait stays as it is. Default 5000. */
  readonly retryMsMax?: number
}

/** No wait is shorter, in ms: a peer may ask for less, but not for a storm. */
const WAIT_MS_MIN = 10

/**
 * Waits that double up to a limit.
 *
 * @see RFC 1123 §4.2.3.2, which asks for an adaptive timeout
 */
export class Backoff {
  readonly #firstMs: number
  readonly #mostMs: number
  #waitMs: number

  constructor(options: BackoffOptions = {}) {
    this.#firstMs = Math.max(WAIT_MS_MIN, options.retryMs ?? 1000)
    this.#mostMs = Math.max(this.#firstMs, options.retryMsMax ?? 5000)
    this.#waitMs = this.#firstMs
  }

  /** The first wait, in ms. */
  get firstMs(): number {
    return this.#firstMs
  }

  /** The wait after the latest send, in ms. */
  get waitMs(): number {
    return this.#waitMs
  }

  /** Sent again without success: the next wait is twice as long. */
  increase(): void {
    this.#waitMs = Math.min(this.#waitMs * 2, this.#mostMs)
  }

  /** There was progress. */
  reset(): void {
    this.#waitMs = this.#firstMs
  }
}
