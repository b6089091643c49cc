import type { LocalAddress } from '../local-address.ts'

/**
 * How many polls an address may be missing before it counts as gone: 30 s with the default
 * interval. A cable pulled for a moment takes its addresses off the list, and the transfers behind
 * it resume only if their sockets are still there.
 */
const MISSED_POLLS_MAX = 6

/** Follows the addresses of this machine. */
export class AddressWatch {
  readonly #list: () => readonly LocalAddress[]
  readonly #onPoll: (addresses: readonly LocalAddress[]) => void
  #known = new Map<string, { readonly local: LocalAddress; readonly missedPolls: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(
    list: () => readonly LocalAddress[],
    onPoll: (addresses: readonly LocalAddress[]) => void,
  ) {
    this.#list = list
    this.#onPoll = onPoll
  }

  /**
   * Asks the system once.
   *
   * @throws {Error} When the system does not let this process ask.
   */
  read(): readonly LocalAddress[] {
    // By address alone: an interface made anew, with its old address, is there and not missing.
    const known = new Map(this.#list().map((local) => [local.address, { local, missedPolls: 0 }]))
    for (const [address, { local, missedPolls }] of this.#known) {
      if (known.has(address) || missedPolls + 1 >= MISSED_POLLS_MAX) continue
      known.set(address, { local, missedPolls: missedPolls + 1 })
    }
    this.#known = known
    return [...known.values()].map(({ local }) => local)
  }

  /** Asks again every `pollMs`; the timer does not keep the process alive. */
  start(pollMs: number): void {
    this.#timer = setInterval(() => this.poll(), pollMs).unref()
  }

  poll(): void {
    let addresses: readonly LocalAddress[]
    try {
      addresses = this.read()
    } catch {
      // It could be asked at the start; for now, what was known stays.
      return
    }
    this.#onPoll(addresses)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
