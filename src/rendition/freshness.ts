import CachePolicy from 'http-cache-semantics'

/** How long a delivered rendition may still be used, in ms from now on. */
export interface Freshness {
  /** Used as it is. */
  readonly freshMs: number
  /** Used while a new one is made (`stale-while-revalidate`, RFC 5861 §3); at least `freshMs`. */
  readonly revalidateMs: number
  /** Used when a new one cannot be made (`stale-if-error`, RFC 5861 §4); at least `freshMs`. */
  readonly errorMs: number
}

/** What a response says of itself, and for whom it was made. */
export interface FreshnessQuestion {
  readonly status: number
  readonly headers: Headers
  /** What the source saw of the request. */
  readonly requestHeaders: Headers
  /** True when several clients share it: `private` then means not at all, and `s-maxage` counts. */
  readonly isForAll: boolean
  /** Milliseconds since 1970: `Expires` is a date. */
  readonly now: number
}

const explicit = ['cache-control', 'expires', 'pragma']

/**
 * How long a response may be used again (RFC 9111); undefined: not at all.
 *
 * Only what is said counts. RFC 9111 §4.2.2 would let a cache guess from `Last-Modified`; a
 * configuration that is guessed to be current is of no use.
 */
export function freshnessOf(question: FreshnessQuestion): Freshness | undefined {
  const { status, headers, requestHeaders, isForAll, now } = question
  if (!explicit.some((name) => headers.has(name))) return undefined
  const policy = new (policyAt(now))(
    { method: 'GET', url: '/', headers: Object.fromEntries(requestHeaders) },
    { status, headers: Object.fromEntries(headers) },
    { shared: isForAll, cacheHeuristic: 0, trustServerDate: false },
  )
  if (!policy.storable()) return undefined
  const directives = policy.toObject().rescc
  const freshMs = Math.max(0, (policy.maxAge() - policy.age()) * 1000)
  const isStrict = 'must-revalidate' in directives || 'no-cache' in directives
  const extraMs = (name: string): number => {
    return isStrict ? 0 : (parseSeconds(directives[name]) ?? 0) * 1000
  }
  const revalidateMs = freshMs + extraMs('stale-while-revalidate')
  const errorMs = freshMs + extraMs('stale-if-error')
  return revalidateMs > 0 || errorMs > 0 ? { freshMs, revalidateMs, errorMs } : undefined
}

function policyAt(now: number): typeof CachePolicy {
  return class extends CachePolicy {
    now(): number {
      return now
    }
  }
}

function parseSeconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}
