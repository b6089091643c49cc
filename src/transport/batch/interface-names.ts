import type { LocalAddress } from '../local-address.ts'

/** At most this often the system is asked again for a name it did not tell. */
const ASK_INTERVAL_MS = 1000

/** Interfaces by the numbers that link-local addresses carry, and back. */
export class InterfaceNames {
  readonly #list: () => readonly LocalAddress[]
  readonly #names = new Map<number, string>()
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(list: () => readonly LocalAddress[]) {
    this.#list = list
  }

  /** The name of an interface, or its number where the system does not tell names. */
  nameOf(index: number): string {
    if (!this.#names.has(index)) this.#ask()
    return this.#names.get(index) ?? String(index)
  }

  /** The number of an interface; 0 for one that is not there. */
  indexOf(name: string): number {
    const find = (): number | undefined =>
      [...this.#names].find(([, candidate]) => candidate === name)?.[0]
    const known = find()
    if (known !== undefined) return known
    this.#ask()
    return find() ?? (/^[0-9]+$/.test(name) ? Number(name) : 0)
  }

  #ask(): void {
    const now = performance.now()
    if (now - this.#askedAt < ASK_INTERVAL_MS) return
    this.#askedAt = now
    try {
      const scoped = this.#list().filter(({ interfaceIndex }) => interfaceIndex !== 0)
      this.#names.clear()
      for (const { interfaceIndex, interfaceName } of scoped) {
        this.#names.set(interfaceIndex, interfaceName)
      }
    } catch {
      // Where the system lists no addresses, scopes stay numbers, which every call accepts.
    }
  }
}
