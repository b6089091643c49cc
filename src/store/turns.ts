/** Lets one in at a time, in the order of coming. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** @returns When it is this one's turn: how to end it. */
  async take(): Promise<() => void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    return resolve
  }
}
