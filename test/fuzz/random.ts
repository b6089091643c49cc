/** A sequence of numbers that a seed decides, the same on every machine: mulberry32. */
export class Random {
  #state: number

  /** @param seed - Its low 32 bits count. */
  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number from 0 up to, but not including, `limit` (at most 2^32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** One of several. @throws {RangeError} When there are none. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('Cannot pick one of nothing')
    return item
  }
}
