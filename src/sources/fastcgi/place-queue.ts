import { Refusal } from '../../base/refusal.ts'

/**
 * Places for requests that an application works on at once, and a bounded queue of those that wait
 * for one, first come first served.
 */
export class PlaceQueue {
  readonly #placesMax: number
  readonly #waitingMax: number
  #takenCount = 0
  /** In the order of their coming: a set keeps it, and one who leaves is out at once. */
  readonly #waiting = new Set<() => void>()

  constructor(options: { readonly connectionsMax: number; readonly waitingMax: number }) {
    this.#placesMax = options.connectionsMax
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
    if (this.#takenCount < this.#placesMax) {
      this.#takenCount += 1
      return this.#release()
    }
    if (this.#waiting.size >= this.#waitingMax) throw this.#busy()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = (): void => {
      this.#waiting.delete(resolve)
      reject(gaveUp())
    }
    this.#waiting.add(resolve)
    signal.addEventListener('abort', leave)
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
    return this.#release()
  }

  /** A place that is given back goes to the first who waits, and stays taken. */
  #release(): () => void {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const [first] = this.#waiting
      if (first === undefined) this.#takenCount -= 1
      else {
        this.#waiting.delete(first)
        first()
      }
    }
  }

  #busy(): Refusal {
    return new Refusal(
      'BUSY',
      `Cannot ask the application: ${this.#placesMax} requests are with it and ` +
        `${this.#waiting.size} wait already`,
      { wireMessage: 'The server is busy' },
    )
  }
}

function gaveUp(): Refusal {
  return new Refusal(
    'GENERATOR_TIMEOUT',
    'Gave up waiting for the application: the deadline has passed or the client is gone',
    { wireMessage: 'The file was not ready in time' },
  )
}
