import { Refusal } from '../base/refusal.ts'

/**
 * The name a client asked for, in the one form that everything behind the fronts sees.
 *
 * Made only by `parseRequestPath` (TFTP: bytes with the query behind the first `?`) and
 * `parseHttpTarget` (percent-decoded once, then the same rule).
 */
export interface RequestPath {
  /**
   * Decoded text with one leading slash, no `..`, no NUL, no backslash, no doubled slash: for
   * matching and for looking up files. Bytes that are not UTF-8 are U+FFFD here.
   */
  readonly text: string
  /** Percent-encoded, exact to the byte, with one leading slash: for URLs. */
  readonly encoded: string
  /** What followed the first `?`, percent-encoded, without the `?`; empty if there was none. */
  readonly query: string
  /**
   * The name as it was sent, before anything was made of it, with its query: backslashes, doubled
   * and leading slashes and all. Over HTTP it is decoded, and without its first slash, which every
   * HTTP path has. Bytes that are not UTF-8 are U+FFFD here.
   */
  readonly sent: string
}

/** Longest name taken, in bytes: what file systems take as a path. */
const NAME_BYTES_MAX = 4096
/**
 * Longest query taken, in characters: a name's worth with every byte percent-encoded, and some
 * room.
 */
const QUERY_CHARS_MAX = 16_384
/** What a journal shows of a name that could not be normalised, in characters. */
const DESCRIPTION_CHARS_MAX = 256

const DOT = 0x2e
const SLASH = 0x2f
const BACKSLASH = 0x5c
const QUESTION_MARK = 0x3f
const PERCENT = 0x25

/** A byte order mark is a part of the name like any other bytes. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Normalises a TFTP file name: a backslash is a slash, leading and doubled slashes and `.` segments
 * are dropped, a slash at the end is kept; the query is what follows the first `?`.
 *
 * @throws {Refusal} `ACCESS_DENIED` for a `..` segment, `MALFORMED_REQUEST` for NUL, an empty name
 *   or one over 4,096 bytes.
 */
export function parseRequestPath(name: Uint8Array): RequestPath {
  if (name.length > NAME_BYTES_MAX) throw tooLong(name.length)
  const queryAt = name.indexOf(QUESTION_MARK)
  const path = queryAt < 0 ? name : name.subarray(0, queryAt)
  if (path.length === 0) throw malformed('it is empty')
  if (queryAt < 0) return normalise(path, '', '')
  const query = name.subarray(queryAt + 1)
  return normalise(path, encodeQuery(query), `?${decoder.decode(query)}`)
}

/**
 * Normalises an HTTP request target, origin-form or absolute-form. The path is percent-decoded
 * exactly once, then goes through the rule of TFTP names; `%3f` is a question mark inside the name,
 * never a query.
 *
 * @param target - As HTTP implementations hand it on: one character per byte.
 * @throws {Refusal} As `parseRequestPath`, and `MALFORMED_REQUEST` for a broken escape. `/` alone
 *   is a path.
 * @see RFC 9112 §3.2
 */
export function parseHttpTarget(target: string): RequestPath {
  const origin = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const fragmentless = origin.split('#', 1)[0] ?? ''
  const queryAt = fragmentless.indexOf('?')
  const path = queryAt < 0 ? fragmentless : fragmentless.slice(0, queryAt)
  const query = queryAt < 0 ? '' : fragmentless.slice(queryAt + 1)
  if (query.length > QUERY_CHARS_MAX) {
    throw malformed(
      `its query has ${query.length} characters, at most ${QUERY_CHARS_MAX} are allowed`,
    )
  }
  const decoded = percentDecode(path)
  const name = decoded[0] === SLASH && decoded.length > 1 ? decoded.subarray(1) : decoded
  return normalise(name, encodeQuery(bytesOf(query)), queryAt < 0 ? '' : `?${query}`)
}

/** A name as sent, printable, cut at 256 characters: for journals. */
export function describeName(name: Uint8Array): string {
  let text = ''
  for (const byte of name) {
    const isPrintable = byte >= 0x20 && byte < 0x7f && byte !== BACKSLASH
    const more = isPrintable
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`
    if (text.length + more.length > DESCRIPTION_CHARS_MAX) return `${text}…`
    text += more
  }
  return text
}

/** @param sentQuery - As it was sent, with its `?`; in `query` it is encoded for URLs. */
function normalise(bytes: Uint8Array, query: string, sentQuery: string): RequestPath {
  if (bytes.length > NAME_BYTES_MAX) throw tooLong(bytes.length)
  if (isPlain(bytes)) {
    const name = String.fromCharCode(...bytes)
    const text = bytes[0] === SLASH ? name : `/${name}`
    return { text, encoded: text, query, sent: name + sentQuery }
  }
  if (bytes.includes(0)) throw malformed('it holds a NUL')
  const slashed = bytes.includes(BACKSLASH)
    ? bytes.map((byte) => (byte === BACKSLASH ? SLASH : byte))
    : bytes
  const segments = splitSegments(slashed)
  const tail = segments.length > 0 && slashed.at(-1) === SLASH ? '/' : ''
  const text = segments.map((segment) => decoder.decode(segment)).join('/')
  const encoded = segments.map(encodeSegment).join('/')
  const sent = decoder.decode(bytes) + sentQuery
  return { text: `/${text}${tail}`, encoded: `/${encoded}${tail}`, query, sent }
}

/**
 * True for a name that is normal as it stands, as nearly all are: nothing to encode, no doubled
 * slash, no segment that begins with a dot.
 */
function isPlain(bytes: Uint8Array): boolean {
  let before = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0
    if (byte === SLASH ? before === SLASH : !unreserved[byte]) return false
    if (byte === DOT && (before === SLASH || index === 0)) return false
    before = byte
  }
  return bytes.length > 0
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
  return segment.length === count && segment.every((byte) => byte === DOT)
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
  // `.` and `..` cannot reach here, but a URL parser also folds what it decodes to: `%2e%2e` as
  // sent has its percent sign encoded and stays as it is.
  let text = ''
  for (const byte of segment) text += unreserved[byte] ? String.fromCharCode(byte) : escapes[byte]
  return text
}

/**
 * A query is kept as sent; only what may not stand in a URL is encoded, and the apostrophe, which a
 * URL parser would encode for `http:` but not for `tftp:`.
 */
function encodeQuery(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += plainInQuery[byte] ? String.fromCharCode(byte) : escapes[byte]
  return text
}

const plainInQuery: readonly boolean[] = Array.from(
  { length: 256 },
  (_, byte) => byte > 0x20 && byte < 0x7f && !'"#\'<>\\^`{|}'.includes(String.fromCharCode(byte)),
)

function percentDecode(path: string): Uint8Array {
  const bytes = bytesOf(path)
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

/** Octets come as Latin-1 characters; text from elsewhere, with characters beyond, is UTF-8. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return new TextEncoder().encode(text)
    bytes[index] = code
  }
  return bytes
}

function escapedByte(digits: Uint8Array): number {
  const text = decoder.decode(digits)
  if (!/^[0-9a-f]{2}$/i.test(text)) throw malformed(`"%${text}" is no percent escape`)
  return Number.parseInt(text, 16)
}

function tooLong(bytes: number): Refusal {
  return malformed(`it has ${bytes} bytes, at most ${NAME_BYTES_MAX} are allowed`)
}

function malformed(found: string): Refusal {
  return new Refusal('MALFORMED_REQUEST', `Cannot use the name: ${found}`)
}
