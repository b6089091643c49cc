/** When an upstream that fails is left alone. */
export interface CircuitOptions {
  /** Failures in a row after which it is. */
  readonly failuresMax: number
  /** For how long, in milliseconds. */
  readonly openMs: number
}

/**
 * Whether one upstream is asked, or left alone for a while because it failed several times in a
 * row. When the while is over one request tries it; the others follow when that one succeeds.
 */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #now: () => number
  #failureCount = 0
  #openUntil = Number.NEGATIVE_INFINITY

  /** @param now - A monotonic clock, in milliseconds. */
  constructor(options: CircuitOptions, now: () => number) {
    this.#options = options
    this.#now = now
  }

  /** True when it is left alone, or one request is trying it. */
  get isOpen(): boolean {
    return this.#failureCount >= this.#options.failuresMax
  }

  /** True when a request may ask it first; of a trial that is due only the first caller hears. */
  admit(): boolean {
    if (!this.isOpen) return true
    const now = this.#now()
    if (now < this.#openUntil) return false
    this.#openUntil = now + this.#options.openMs
    return true
  }

  succeeded(): void {
    this.#failureCount = 0
  }

  failed(): void {
    this.#failureCount += 1
    if (this.isOpen) this.#openUntil = this.#now() + this.#options.openMs
  }
}
