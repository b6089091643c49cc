/**
 * What was worked out of classes, kept until one of them changes.
 *
 * Bounded: beyond its limit, what was not used for longest is dropped.
 */
export class ClassMemo<Kept> {
  readonly #entries = new Map<
    string,
    { readonly classes: readonly string[]; readonly kept: Kept }
  >()
  /** Keys of entries by each class they were made of. */
  readonly #keys = new Map<string, Set<string>>()
  readonly #countMax: number

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get count(): number {
    return this.#entries.size
  }

  get(key: string): Kept | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.kept
  }

  /** @param classes - Every class whose change makes this wrong. */
  keep(key: string, kept: Kept, classes: readonly string[]): void {
    this.#drop(key)
    this.#entries.set(key, { classes, kept })
    for (const name of classes) {
      const keys = this.#keys.get(name)
      if (keys) keys.add(key)
      else this.#keys.set(name, new Set([key]))
    }
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#countMax && oldest !== undefined) this.#drop(oldest)
  }

  /** Drops all that was made of a class, and nothing else. */
  forget(name: string): void {
    for (const key of this.#keys.get(name) ?? []) this.#drop(key)
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    for (const name of entry?.classes ?? []) {
      const keys = this.#keys.get(name)
      keys?.delete(key)
      if (keys?.size === 0) this.#keys.delete(name)
    }
  }
}
