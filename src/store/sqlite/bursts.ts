import { setImmediate } from 'node:timers/promises'

/** How long statements may take together before all else in this process has its turn, in ms. */
const BURST_MS = 5

/**
 * Keeps a row of statements, which never wait for anything, from holding up transfers: after a few
 * milliseconds of them, the event loop turns once.
 */
export class Bursts {
  #busyMs = 0

  async run<T>(work: () => T): Promise<T> {
    if (this.#busyMs > BURST_MS) {
      this.#busyMs = 0
      await setImmediate()
    }
    const start = performance.now()
    try {
      return work()
    } finally {
      this.#busyMs += performance.now() - start
    }
  }
}
