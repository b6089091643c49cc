/** Passes on each revision once and in order, however often and out of order it is heard of. */
export class RevisionWatch {
  readonly #listeners = new Set<(revision: number) => void>()
  #told: number

  /** @param revision - The latest one, of which nobody needs to be told. */
  constructor(revision: number) {
    this.#told = revision
  }

  /** @returns How to stop listening. */
  listen(listener: (revision: number) => void): () => void {
    // A function of its own, so that one that listens twice is told twice.
    const entry = (revision: number): void => listener(revision)
    this.#listeners.add(entry)
    return () => {
      this.#listeners.delete(entry)
    }
  }

  /** The latest revision is this one: tells of all up to it that were not told. */
  advance(revision: number): void {
    while (this.#told < revision) {
      this.#told += 1
      const number = this.#told
      for (const listener of this.#listeners) this.#tell(listener, number)
    }
  }

  stop(): void {
    this.#listeners.clear()
  }

  /** In a turn of its own: a listener that throws is a bug, but not one of who made the change. */
  #tell(listener: (revision: number) => void, revision: number): void {
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener(revision)
    })
  }
}
