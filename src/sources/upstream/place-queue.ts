import pLimit, { type LimitFunction } from 'p-limit'
import { refusalOf } from './failure.ts'
import type { Refusal } from '../../base/refusal.ts'

/**
 * Most requests that have given up and still stand in the queue: they are passed over when their
 * turn comes.
 */
const ABANDONED_MAX = 10_000

/** Places for requests that are with the upstreams, and a bounded queue of those that wait. */
export class PlaceQueue {
  readonly #limit: LimitFunction
  readonly #waitingMax: number
  #waitingCount = 0

  constructor(options: { readonly connectionsMax: number; readonly waitingMax: number }) {
    this.#limit = pLimit(options.connectionsMax)
    this.#waitingMax = options.waitingMax
  }

  /**
   * Waits for a free place.
   *
   * @param signal - Gives up waiting.
   * @returns Gives the place back; more than one call does no harm.
   * @throws {Refusal} `BUSY` when too many wait already, `GENERATOR_TIMEOUT` when the signal came
   *   first.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw gaveUp()
    if (this.#limit.activeCount < this.#limit.concurrency) return this.#enter(signal)
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

  #isFull(): boolean {
    const { pendingCount } = this.#limit
    return (
      this.#waitingCount >= this.#waitingMax || pendingCount >= this.#waitingMax + ABANDONED_MAX
    )
  }

  #busy(): Refusal {
    const { concurrency } = this.#limit
    const message =
      `Cannot ask another upstream: ${concurrency} requests are with them (connectionsMax) and ` +
      `${this.#waitingCount} wait already`
    return refusalOf('BUSY', { message })
  }
}

function gaveUp(): Refusal {
  const message =
    'Gave up waiting for a free connection to the upstream: the deadline has passed or the client is gone'
  return refusalOf('GENERATOR_TIMEOUT', { message })
}
