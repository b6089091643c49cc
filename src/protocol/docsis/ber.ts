/**
 * As much of ASN.1's basic encoding rules as SNMP needs (RFC 3417 §8): definite lengths, tags of
 * one byte.
 */
export interface BerValue {
  readonly tag: number
  readonly content: Uint8Array
}

/** Sub-identifiers of an OID have 32 bits, and there are at most 128 of them (RFC 2578 §3.5). */
const SUB_IDENTIFIER_MAX = 2 ** 32 - 1
const SUB_IDENTIFIERS_MAX = 128
const SHORT_LENGTH_MAX = 127

/** Writes a value with the shortest length there is. Content is at most 65535 bytes. */
export function encodeBer({ tag, content }: BerValue): Uint8Array {
  const length = content.length
  const lengthBytes =
    length <= SHORT_LENGTH_MAX
      ? [length]
      : length < 256
        ? [0x81, length]
        : [0x82, length >> 8, length & 0xff]
  return Uint8Array.from([tag, ...lengthBytes, ...content])
}

/**
 * Reads the values that stand one after the other. Lengths may be longer than they need be, as
 * some agents write them.
 *
 * @returns Undefined when they do not end where the bytes do.
 */
export function decodeBer(bytes: Uint8Array): readonly BerValue[] | undefined {
  const values: BerValue[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes[offset] ?? 0
    const first = bytes[offset + 1] ?? 0x80
    const lengthBytes = first > SHORT_LENGTH_MAX ? first & 0x7f : 0
    if (first === 0x80 || lengthBytes > 2) return undefined
    const start = offset + 2 + lengthBytes
    const length = lengthBytes === 0 ? first : bigEndian(bytes.subarray(offset + 2, start))
    if (start + length > bytes.length) return undefined
    values.push({ tag, content: bytes.subarray(start, start + length) })
    offset = start + length
  }
  return values
}

/** Writes a whole number in the fewest bytes that keep its sign. */
export function encodeBerInteger(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.unshift(Number(rest & 0xffn))
    rest >>= 8n
  } while (rest !== (((bytes[0] ?? 0) & 0x80) === 0 ? 0n : -1n))
  return Uint8Array.from(bytes)
}

/** Reads one; undefined for none or more than nine bytes. */
export function decodeBerInteger(content: Uint8Array): bigint | undefined {
  if (content.length === 0 || content.length > 9) return undefined
  const unsigned = content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return BigInt.asIntN(content.length * 8, unsigned)
}

/** Reads `1.3.6.1`, with or without a leading dot. @returns The content of an OBJECT IDENTIFIER. */
export function parseOid(text: string): Uint8Array | undefined {
  const [first, second, ...rest] = text.replace(/^\./, '').split('.')
  if (first === undefined || second === undefined || rest.length > SUB_IDENTIFIERS_MAX - 2) {
    return undefined
  }
  const parts = [first, second, ...rest]
  if (!parts.every((part) => /^(?:0|[1-9]\d{0,9})$/.test(part))) return undefined
  const [top = 0, next = 0, ...others] = parts.map(Number)
  if (top > 2 || (top < 2 && next > 39)) return undefined
  const numbers = [top * 40 + next, ...others]
  if (numbers.some((number) => number > SUB_IDENTIFIER_MAX)) return undefined
  return Uint8Array.from(numbers.flatMap(base128))
}

/** Writes `1.3.6.1`; undefined for what is none. */
export function formatOid(content: Uint8Array): string | undefined {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (number > SUB_IDENTIFIER_MAX) return undefined
    if (byte < 0x80) {
      numbers.push(number)
      number = 0
    }
  }
  const [joined, ...rest] = numbers
  const isWhole = (content.at(-1) ?? 0x80) < 0x80
  if (joined === undefined || !isWhole || numbers.length > SUB_IDENTIFIERS_MAX) return undefined
  const top = Math.min(Math.floor(joined / 40), 2)
  return [top, joined - top * 40, ...rest].join('.')
}

function base128(number: number): number[] {
  const bytes = [number % 128]
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest % 128) | 0x80)
  }
  return bytes
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}
