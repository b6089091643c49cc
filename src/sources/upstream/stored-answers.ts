import { LRUCache } from 'lru-cache'
import type { HeaderFields } from './request-headers.ts'

/** A whole file that an upstream gave with a validator. */
export interface StoredAnswer {
  readonly headers: Headers
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
}

/** For what a file was given. */
export interface StoredKey {
  readonly url: URL
  /** Equal for requests that tell the same of who asks. */
  readonly asker: string
  /** True when the request carried credentials of the client. */
  readonly isPersonal: boolean
}

/** What an entry weighs beside its bytes, about: headers, URL. */
const ENTRY_BYTES = 1024
/** Entries, however small. */
const ENTRIES_MAX = 10_000
/**
 * A file whose date is nearer than this to that of its answer, in ms, may have changed again within
 * the same second (RFC 9110 §8.8.2.2).
 */
const DATE_DISTANCE_MS = 60_000

/**
 * Files with a validator, so that an upstream which says "not modified" need not send them again.
 *
 * A strong validator names the same bytes whoever asks, so one entry serves all who ask for a URL.
 * Everything else is for who had it alone.
 */
export class StoredAnswers {
  readonly #bytesMax: number
  readonly #kept: LRUCache<string, StoredAnswer> | undefined

  /** @param bytesMax - Memory in all; 0 keeps nothing. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    if (bytesMax === 0) return
    this.#kept = new LRUCache({
      max: ENTRIES_MAX,
      maxSize: bytesMax,
      sizeCalculation: ({ bytes }) => bytes + ENTRY_BYTES,
    })
  }

  find(key: StoredKey): StoredAnswer | undefined {
    return this.#kept?.get(ownKey(key)) ?? this.#kept?.get(key.url.href)
  }

  /** The largest body that is worth being collected for an answer, in bytes; 0: it is not kept. */
  roomFor(headers: Headers): number {
    return this.#kept === undefined || !isStorable(headers) ? 0 : this.#bytesMax - ENTRY_BYTES
  }

  /** Keeps what `roomFor` has room for. */
  keep(key: StoredKey, answer: StoredAnswer): void {
    const { headers } = answer
    const isForAll =
      !key.isPersonal && !directives(headers).has('private') && isStrong(headers.get('etag'))
    this.#kept?.delete(ownKey(key))
    this.#kept?.set(isForAll ? key.url.href : ownKey(key), answer)
  }

  drop(key: StoredKey): void {
    this.#kept?.delete(ownKey(key))
    this.#kept?.delete(key.url.href)
  }
}

/** The request headers that ask whether a file has changed. */
export function conditionsOf(stored: StoredAnswer | undefined): HeaderFields {
  const etag = stored?.headers.get('etag')
  if (etag) return { 'if-none-match': etag }
  const date = stored?.headers.get('last-modified')
  return date ? { 'if-modified-since': date } : {}
}

/** True when "not modified" is said of a stored file: its validator, if any, is the same. */
export function isAbout(headers: Headers, stored: StoredAnswer): boolean {
  const given = headers.get('etag')
  const own = stored.headers.get('etag')
  return given === null || own === null || opaque(given) === opaque(own)
}

/** The headers of a stored file after an answer "not modified" (RFC 9111 §3.2). */
export function freshened(stored: StoredAnswer, newer: Headers): StoredAnswer {
  const headers = new Headers(stored.headers)
  // What was said of the age of the older answer no longer holds.
  headers.delete('age')
  for (const [name, value] of newer) {
    if (!name.startsWith('content-') && name !== 'transfer-encoding') headers.set(name, value)
  }
  return { ...stored, headers }
}

function ownKey({ url, asker }: StoredKey): string {
  return `${url.href}\n${asker}`
}

function isStorable(headers: Headers): boolean {
  if (directives(headers).has('no-store') || headers.get('vary')?.includes('*')) return false
  return headers.get('etag') !== null || hasOldDate(headers)
}

function hasOldDate(headers: Headers): boolean {
  const changed = Date.parse(headers.get('last-modified') ?? '')
  const answered = Date.parse(headers.get('date') ?? '')
  return answered - changed >= DATE_DISTANCE_MS
}

function isStrong(etag: string | null): boolean {
  return etag?.startsWith('"') ?? false
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '')
}

function directives(headers: Headers): ReadonlySet<string> {
  const text = headers.get('cache-control') ?? ''
  return new Set(text.split(',').map((one) => (one.split('=', 1)[0] ?? '').trim().toLowerCase()))
}
