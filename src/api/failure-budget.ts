import { LRUCache } from 'lru-cache'

/** Failures that one address has at once. */
const FAILURES_MAX = 10
/** How long one of them takes to be forgiven, in ms. */
const FORGIVEN_MS = 6000
/** Addresses that are remembered; those that failed longest ago are forgotten. */
const ADDRESSES_MAX = 10_000

interface Failures {
  readonly count: number
  readonly at: number
}

/**
 * Counts who shows a wrong token too often, by address.
 *
 * A right token is never refused for what others do behind the same proxy: it has 256 random bits,
 * so that what has to be held back is the noise of wrong ones, not the guessing.
 */
export class FailureBudget {
  readonly #failures = new LRUCache<string, Failures>({ max: ADDRESSES_MAX })

  /**
   * Counts a failure.
   *
   * @returns 0, or after how many ms the address may fail again.
   */
  fail(address: string, now: number): number {
    const key = networkOf(address)
    const before = this.#failures.get(key)
    const forgiven = before === undefined ? 0 : (now - before.at) / FORGIVEN_MS
    const count = Math.max(0, (before?.count ?? 0) - Math.max(0, forgiven))
    if (count + 1 > FAILURES_MAX) return Math.ceil((count + 1 - FAILURES_MAX) * FORGIVEN_MS)
    this.#failures.set(key, { count: count + 1, at: now })
    return 0
  }
}

/** One client has a whole /64 of IPv6 for itself. @see RFC 4291 §2.5.4 */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  return [...groups, ...Array<string>(missing).fill('0')].slice(0, 4).join(':')
}
