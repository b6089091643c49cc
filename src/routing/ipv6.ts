/**
 * The eight 16-bit groups of an IPv6 address; undefined when the text is none. @see RFC 4291 §2.2
 */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = withoutDottedTail(text)?.split('::')
  if (halves === undefined || halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (tail === undefined) return head.length === 8 ? head : undefined
  const zeros = 8 - head.length - tail.length
  return zeros < 1 ? undefined : [...head, ...Array.from({ length: zeros }, () => 0), ...tail]
}

/** Lower case, the longest run of zero groups cut out. @see RFC 5952 §4 */
export function formatIpv6(groups: readonly number[]): string {
  const { start, length } = longestZeros(groups)
  const hex = (part: readonly number[]): string => part.map((one) => one.toString(16)).join(':')
  if (length < 2) return hex(groups)
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

/** Without leading zeros, which some programs would read as octal. */
const octet = '(0|[1-9]\\d{0,2})'
const dottedTail = new RegExp(`^(.*:)${octet}\\.${octet}\\.${octet}\\.${octet}$`)

/** `::ffff:10.0.0.1` ends in an IPv4 address: two groups. */
function withoutDottedTail(text: string): string | undefined {
  const tail = dottedTail.exec(text)
  if (tail === null) return text.includes('.') ? undefined : text
  const [a = 0, b = 0, c = 0, d = 0] = tail.slice(2).map(Number)
  if (Math.max(a, b, c, d) > 255) return undefined
  return `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0
    while (groups[start + length] === 0) length += 1
    if (length > best.length) best = { start, length }
  }
  return best
}
