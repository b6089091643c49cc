import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { StoredToken } from './store.ts'

const SECRET_BYTES = 32
const ID_BYTES = 6

/** A token that is new: what is kept of it, and itself, which is kept nowhere. */
export interface NewToken {
  readonly stored: StoredToken
  /** `trivet_` and 43 characters of base64url. */
  readonly token: string
}

/** Makes a token. @param createdAt - Milliseconds since 1970. */
export function newAccessToken(
  { label, role }: Pick<StoredToken, 'label' | 'role'>,
  createdAt: number,
): NewToken {
  const token = `trivet_${randomBytes(SECRET_BYTES).toString('base64url')}`
  const id = randomBytes(ID_BYTES).toString('hex')
  const hash = digestOf(token).toString('base64url')
  return { stored: { id, label, role, hash, createdAt }, token }
}

/**
 * The token of a list that somebody has shown. All are compared, each in the same time, so that how
 * long it takes tells nothing.
 */
export function matchingToken(
  token: string,
  known: readonly StoredToken[],
): StoredToken | undefined {
  const shown = digestOf(token)
  let found: StoredToken | undefined
  for (const stored of known) {
    const hash = Buffer.from(stored.hash, 'base64url')
    if (hash.length === shown.length && timingSafeEqual(hash, shown)) found = stored
  }
  return found
}

/** What may be shown of a token. */
export function shownToken({ id, label, role, createdAt }: StoredToken): Omit<StoredToken, 'hash'> {
  return { id, label, role, createdAt }
}

/** 1–64 printable characters, for people: `grafana`, `Anna's laptop`. */
export function isTokenLabel(text: string): boolean {
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u.test(text) && text.trim() === text
}

/** The token has 256 random bits, so one round of a fast hash is enough. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
