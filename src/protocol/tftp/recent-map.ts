/**
 * A map that forgets what was not looked up or set for long, so that it never grows beyond a limit.
 *
 * Two generations: when the younger has filled half of the limit, what the older still holds is
 * forgotten at once. Unlike a list by latest use it has nothing to do for each entry that goes.
 */
export class RecentMap<Key, Value> {
  readonly #generationMax: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  /** @param countMax - Entries kept at most, from 2; the latest half of them certainly. */
  constructor(countMax: number) {
    this.#generationMax = Math.max(1, Math.floor(countMax / 2))
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Looks an entry up, which keeps it. */
  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** Adds an entry or replaces it. */
  set(key: Key, value: Value): void {
    this.#old.delete(key)
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  /** Forgets an entry. */
  delete(key: Key): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
