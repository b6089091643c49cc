import pLimit, { type LimitFunction } from 'p-limit'
import { Refusal } from '../../base/refusal.ts'

/**
 * Most requests that have given up and still stand in the queue: they are passed over when their
 * turn comes.
 */
const ABANDONED_MAX = 10_000

/**
 * Places for scripts that run at once, and a bounded queue of requests that wait for one, first
 * come first served.
 */
export class ScriptPlaces {
  readonly #limit: LimitFunction
  readonly #waitingMax: number
  #waitingCount = 0

  constructor(options: { readonly concurrentMax: number; readonly waitingMax: number }) {
    this.#limit = pLimit(options.concurrentMax)
    this.#waitingMax = options.waitingMax
  }

  /** How many requests wait, those that have given up not among them. */
  get waitingCount(): number {
    return this.#waitingCount
  }

  /**
   * Waits for a free place.
   *
   * @param signal - Gives up waiting; the place in the queue is free at once.
   * @returns Gives the place back; more than one call does no harm.
   * @throws {Refusal} `BUSY` when too many wait already, `GENERATOR_TIMEOUT` when the signal came
   *   first.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw gaveUp()
    if (this.#hasFree()) return this.#enter(signal)
    if (this.#isFull()) throw this.#busy()
    this.#waitingCount += 1
    try {
      return await this.#enter(signal)
    } finally {
      this.#waitingCount -= 1
    }
  }

  #enter(signal: AbortSignal): Promise<() => void> {
    const { promise: place, resolve: give, reject } = Promise.withResolvers<() => void>()
    const leave = (): void => reject(gaveUp())
    signal.addEventListener('abort', leave, { once: true })
    void this.#limit(() => {
      signal.removeEventListener('abort', leave)
      if (signal.aborted) return undefined
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      give(release)
      return released
    })
    return place
  }

  #hasFree(): boolean {
    return this.#limit.activeCount < this.#limit.concurrency
  }

  #isFull(): boolean {
    const { pendingCount } = this.#limit
    return (
      this.#waitingCount >= this.#waitingMax || pendingCount >= this.#waitingMax + ABANDONED_MAX
    )
  }

  #busy(): Refusal {
    const { concurrency } = this.#limit
    return new Refusal(
      'BUSY',
      `Cannot run another script: ${concurrency} run and ${this.#waitingCount} requests wait already`,
      { wireMessage: 'The server is busy' },
    )
  }
}

function gaveUp(): Refusal {
  return new Refusal(
    'GENERATOR_TIMEOUT',
    'Gave up waiting for a free place for the script: the deadline has passed or the client is gone',
    { wireMessage: 'The file was not ready in time' },
  )
}
