import { Refusal } from '../base/refusal.ts'

/**
 * The name a client asked for, in the one form that everything behind the fronts sees.
 *
 * Made only by `parseRequestPath` (TFTP: bytes with the query behind the first `?`) and
 * `parseHttpTarget` (percent-decoded once, then the same rule).
 */
export interface RequestPath {
  /**
   * Decoded text with one leading slash, no `..`, no NUL, no backslash, no doubled slash: for matching
   * and for looking up files. Bytes that are not UTF-8 are U+FFFD here.
   */
  readonly text: string
  /** Percent-encoded, exact to the byte, with one leading slash: for URLs. */
  readonly encoded: string
  /** What followed the first `?`, percent-encoded, without the `?`; empty if there was none. */
  readonly query: string
}

/** Longest name taken, in bytes: what file systems take as a path. */
const NAME_BYTES_MAX = 4096
/** What a journal shows of a name that could not be normalised, in characters. */
const DESCRIPTION_CHARS_MAX = 256

const SLASH = 0x2f
const BACKSLASH = 0x5c
const QUESTION_MARK = 0x3f
const PERCENT = 0x25

const decoder = new TextDecoder()

/**
 * Normalises a TFTP file name: a backslash is a slash, leading and doubled slashes and `.` segments are dropped; the
 * query is what follows the first `?`.
 *
 * @throws {Refusal} `ACCESS_DENIED` for a `..` segment, `MALFORMED_REQUEST` for NUL, an empty or an overlong name.
 */
export function parseRequestPath(name: Uint8Array): RequestPath {
  const queryAt = name.indexOf(QUESTION_MARK)
  if (queryAt < 0) return normalise(name, '')
  return normalise(name.subarray(0, queryAt), encodeQuery(name.subarray(queryAt + 1)))
}

/**
 * Normalises an HTTP request target, origin-form or absolute-form. The path is percent-decoded exactly once, then
 * goes through the rule of TFTP names; `%3f` is a question mark inside the name, never a query.
 *
 * @throws {Refusal} As `parseRequestPath`, and `MALFORMED_REQUEST` for a broken escape.
 */
export function parseHttpTarget(target: string): RequestPath {
  const origin = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const fragmentless = origin.split('#', 1)[0] ?? ''
  const queryAt = fragmentless.indexOf('?')
  const path = queryAt < 0 ? fragmentless : fragmentless.slice(0, queryAt)
  const query = queryAt < 0 ? '' : fragmentless.slice(queryAt + 1)
  return normalise(percentDecode(path), encodeQuery(new TextEncoder().encode(query)))
}

/** A name as sent, printable, cut at 256 characters: for journals. */
export function describeName(name: Uint8Array): string {
  let text = ''
  for (const byte of name) {
    if (text.length >= DESCRIPTION_CHARS_MAX) return `${text}…`
    const isPrintable = byte >= 0x20 && byte < 0x7f && byte !== BACKSLASH
    text += isPrintable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

function normalise(bytes: Uint8Array, query: string): RequestPath {
  if (bytes.length > NAME_BYTES_MAX) {
    throw malformed(`it has ${bytes.length} bytes, at most ${NAME_BYTES_MAX} are allowed`)
  }
  if (bytes.includes(0)) throw malformed('it holds a NUL')
  const slashed = bytes.includes(BACKSLASH)
    ? bytes.map((byte) => (byte === BACKSLASH ? SLASH : byte))
    : bytes
  const segments = splitSegments(slashed)
  if (segments.length === 0) throw malformed('it is empty')
  const tail = slashed.at(-1) === SLASH ? '/' : ''
  const text = segments.map((segment) => decoder.decode(segment)).join('/')
  const encoded = segments.map(encodeSegment).join('/')
  return { text: `/${text}${tail}`, encoded: `/${encoded}${tail}`, query }
}

function splitSegments(bytes: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = []
  for (let start = 0; start <= bytes.length; ) {
    const at = bytes.indexOf(SLASH, start)
    const end = at < 0 ? bytes.length : at
    const segment = bytes.subarray(start, end)
    if (isDots(segment, 2)) {
      throw new Refusal('ACCESS_DENIED', 'Cannot use the name: it holds a ".." segment', {
        wireMessage: 'Access denied',
      })
    }
    if (segment.length > 0 && !isDots(segment, 1)) segments.push(segment)
    start = end + 1
  }
  return segments
}

function isDots(segment: Uint8Array, count: number): boolean {
  return segment.length === count && segment.every((byte) => byte === 0x2e)
}

/** RFC 3986 §2.3: everything else is encoded, so that no URL parser can read more into it. */
const unreserved: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9\-._~]/.test(String.fromCharCode(byte)),
)
const escapes: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
)

function encodeSegment(segment: Uint8Array): string {
  // `.` and `..` cannot reach here, but a URL parser also folds what it decodes to: `%2e%2e` as sent has its percent
  // sign encoded and stays as it is.
  let text = ''
  for (const byte of segment) text += unreserved[byte] ? String.fromCharCode(byte) : escapes[byte]
  return text
}

/** A query is kept as sent; only what may not stand in a URL is encoded. */
function encodeQuery(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte > 0x20 && byte < 0x7f && !'"#<>\\^`{|}'.includes(String.fromCharCode(byte))
    text += isPlain ? String.fromCharCode(byte) : escapes[byte]
  }
  return text
}

function percentDecode(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path)
  if (!bytes.includes(PERCENT)) return bytes
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0
    if (byte === PERCENT) {
      decoded[length] = escapedByte(bytes.subarray(index + 1, index + 3))
      index += 2
    } else {
      decoded[length] = byte
    }
    length += 1
  }
  return decoded.subarray(0, length)
}

function escapedByte(digits: Uint8Array): number {
  const text = decoder.decode(digits)
  if (!/^[0-9a-f]{2}$/i.test(text)) throw malformed(`"%${text}" is no percent escape`)
  return Number.parseInt(text, 16)
}

function malformed(found: string): Refusal {
  return new Refusal('MALFORMED_REQUEST', `Cannot use the name: ${found}`)
}
