import parseRange from 'range-parser'

/** The bytes to send, first and last included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Conditions that come before a range (RFC 9110 §13.2.2). The front judges them, and has the whole
 * file for it.
 */
const conditions = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']

/**
 * The one range that a request asks of a file. Undefined when the whole file is the right answer:
 * nothing asked, several ranges, another unit, nonsense, or a range of a version that is no more.
 *
 * @param headers - The answer's: ETag and Last-Modified are compared with If-Range.
 * @see RFC 9110 §14.2 (Range), §13.1.5 (If-Range)
 */
export function chooseRange(
  asked: Headers,
  headers: Headers,
  sizeBytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const range = asked.get('range')
  if (range === null || conditions.some((name) => asked.has(name))) return undefined
  if (!isStillMeant(asked.get('if-range'), headers)) return undefined
  if (isWholeSuffix(range, sizeBytes)) return { start: 0, end: sizeBytes - 1 }
  const ranges = parseRange(sizeBytes, range)
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined
  return ranges[0]
}

/** The last 500 bytes of a shorter file are all of it; the parser calls them unsatisfiable. */
function isWholeSuffix(range: string, sizeBytes: number): boolean {
  const bytes = Number(/^bytes=-(\d+)$/.exec(range)?.[1] ?? 0)
  return sizeBytes > 0 && bytes >= sizeBytes
}

function isStillMeant(condition: string | null, headers: Headers): boolean {
  if (condition === null) return true
  if (condition.includes('"')) return condition === headers.get('etag')
  return condition === headers.get('last-modified')
}
