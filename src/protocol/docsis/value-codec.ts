import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts'
import { decodeBer, encodeBer, formatOid, parseOid } from './ber.ts'
import { formatHex, parseHex } from './hex.ts'
import { TLV_VALUE_BYTES_MAX } from './tlv.ts'

/** How one value is written in YAML and on the wire. */
export interface ValueCodec {
  /** What may be written: `a whole number from 0 to 7`. */
  readonly allowed: string
  /** True when the value itself is a list, so that one list is one setting. */
  readonly isList?: boolean
  /** True when the same value may have been written in more bytes than `encode` needs. */
  readonly isLenient?: boolean
  /** Undefined for what is not allowed. */
  encode(value: unknown): Uint8Array | undefined
  /** Undefined for bytes that are none of this; they are shown in hex. */
  decode(bytes: Uint8Array): unknown
}

export interface Range {
  readonly min: number
  readonly max: number
}

type Bytes = 1 | 2 | 4

const LARGEST: Readonly<Record<Bytes, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffff_ffff }
const OBJECT_IDENTIFIER = 0x06

/** `true` and `false`; 1 and 0 as well. */
export function flag(): ValueCodec {
  return {
    allowed: 'true or false',
    encode: (value) => {
      if (value === true || value === 1) return Uint8Array.of(1)
      return value === false || value === 0 ? Uint8Array.of(0) : undefined
    },
    decode: (bytes) => (bytes.length === 1 ? [false, true][bytes[0] ?? 2] : undefined),
  }
}

/** A whole number, the highest byte first. */
export function number(bytes: Bytes, range: Partial<Range> = {}): ValueCodec {
  const { min = 0, max = LARGEST[bytes] } = range
  return {
    allowed: `a whole number from ${min} to ${max}`,
    encode: (value) => {
      const isAllowed =
        typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      return isAllowed ? numberBytes(value, bytes) : undefined
    },
    decode: (found) => (found.length === bytes ? numberOf(found) : undefined),
  }
}

/** Whole numbers, one behind the other. */
export function numbers(bytes: Bytes, count: Range): ValueCodec {
  const one = number(bytes)
  return {
    allowed: `a list of ${rangeText(count)} whole numbers from 0 to ${LARGEST[bytes]}`,
    isList: true,
    encode: (value) => {
      if (!Array.isArray(value) || !isWithin(value.length, count)) return undefined
      return joined(value.map((item) => one.encode(item)))
    },
    decode: (found) => split(found, bytes)?.map(numberOf),
  }
}

/** Text in ASCII, with a NUL behind it where the specification wants one. Lengths without it. */
export function text(length: Range, how: { readonly isTerminated?: boolean } = {}): ValueCodec {
  const end = how.isTerminated === true ? [0] : []
  return {
    allowed: `${rangeText(length)} printable characters of ASCII`,
    encode: (value) => {
      const string = textOf(value)
      if (string === undefined || !/^[ -~]*$/.test(string)) return undefined
      if (!isWithin(string.length, length)) return undefined
      return Uint8Array.from([...new TextEncoder().encode(string), ...end])
    },
    decode: (bytes) => {
      if (end.length > 0 && bytes.at(-1) !== 0) return undefined
      const string = new TextDecoder().decode(bytes.subarray(0, bytes.length - end.length))
      return /^[ -~]*$/.test(string) ? string : undefined
    },
  }
}

/** Bytes in hex. */
export function hex(length: Range = { min: 0, max: TLV_VALUE_BYTES_MAX }): ValueCodec {
  return {
    allowed: `${rangeText(length)} bytes in hex`,
    encode: (value) => {
      const bytes = hexOf(value)
      return bytes !== undefined && isWithin(bytes.length, length) ? bytes : undefined
    },
    decode: formatHex,
  }
}

export function ipv4(): ValueCodec {
  return {
    allowed: 'an IPv4 address',
    encode: (value) => (typeof value === 'string' ? parseIpv4(value) : undefined),
    decode: (bytes) => (bytes.length === 4 ? formatIpv4(bytes) : undefined),
  }
}

export function ipv6(): ValueCodec {
  return {
    allowed: 'an IPv6 address',
    encode: (value) => (typeof value === 'string' ? parseIpv6(value) : undefined),
    decode: (bytes) => (bytes.length === 16 ? formatIpv6(bytes) : undefined),
  }
}

/** Addresses, one behind the other. */
export function addresses(one: ValueCodec, bytes: 4 | 16): ValueCodec {
  const count = { min: 1, max: Math.floor(TLV_VALUE_BYTES_MAX / bytes) }
  return {
    allowed: `a list of ${rangeText(count)} items, each ${one.allowed}`,
    isList: true,
    encode: (value) => {
      if (!Array.isArray(value) || !isWithin(value.length, count)) return undefined
      return joined(value.map((item) => one.encode(item)))
    },
    decode: (found) => split(found, bytes)?.map((part) => one.decode(part)),
  }
}

/** An address and a port, `10.0.0.1:161` or `[2001:db8::1]:161` (RFC 3419). */
export function transportAddress(): ValueCodec {
  return {
    allowed: 'an address and a port, like 10.0.0.1:161 or [2001:db8::1]:161',
    encode: (value) => {
      const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(String(value))
      const [, six, four, digits] = parts ?? []
      const address = six === undefined ? parseIpv4(four ?? '') : parseIpv6(six)
      const port = number(2).encode(Number(digits))
      return address && port && Uint8Array.from([...address, ...port])
    },
    decode: (bytes) => {
      const port = numberOf(bytes.subarray(-2))
      const address = bytes.subarray(0, -2)
      if (bytes.length === 6) return `${formatIpv4(address)}:${port}`
      return bytes.length === 18 ? `[${formatIpv6(address)}]:${port}` : undefined
    },
  }
}

export function mac(): ValueCodec {
  return {
    allowed: 'a MAC address like 00:11:22:aa:bb:cc',
    encode: (value) => (typeof value === 'string' ? parseMac(value) : undefined),
    decode: formatMac,
  }
}

/** A MAC address and a mask behind it (MULPI C.2.1.8.1). */
export function macAndMask(): ValueCodec {
  return {
    allowed: 'a MAC address and a mask, like 00:11:22:00:00:00/ff:ff:ff:00:00:00',
    encode: (value) => {
      const [address = '', mask = '', ...rest] = String(value).split('/')
      return rest.length > 0 ? undefined : joined([parseMac(address), parseMac(mask)])
    },
    decode: (bytes) => {
      const [address, mask] = split(bytes, 6) ?? []
      if (address === undefined || mask === undefined || bytes.length !== 12) return undefined
      return `${formatMac(address)}/${formatMac(mask)}`
    },
  }
}

/** An object identifier with its tag and length. */
export function oid(): ValueCodec {
  return {
    allowed: 'an object identifier like 1.3.6.1.2.1',
    isLenient: true,
    encode: (value) => {
      const content = parseOid(String(value))
      return content && encodeBer({ tag: OBJECT_IDENTIFIER, content })
    },
    decode: (bytes) => {
      const [one, ...rest] = decodeBer(bytes) ?? []
      if (one?.tag !== OBJECT_IDENTIFIER || rest.length > 0) return undefined
      return formatOid(one.content)
    },
  }
}

/** Text as it was written; a number that YAML made of it is turned back. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** Bytes of hex text, also where YAML took its digits for a number. */
export function hexOf(value: unknown): Uint8Array | undefined {
  const string = textOf(value)
  return string === undefined ? undefined : parseHex(string)
}

/** `3`, or `1 to 16`. */
function rangeText({ min, max }: Range): string {
  return min === max ? String(min) : `${min} to ${max}`
}

function isWithin(value: number, { min, max }: Range): boolean {
  return value >= min && value <= max
}

function numberBytes(value: number, bytes: Bytes): Uint8Array {
  const all = Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  return all.subarray(4 - bytes)
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

function joined(parts: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const all: number[] = []
  for (const part of parts) {
    if (part === undefined) return undefined
    all.push(...part)
  }
  return Uint8Array.from(all)
}

function split(bytes: Uint8Array, size: number): Uint8Array[] | undefined {
  if (bytes.length === 0 || bytes.length % size !== 0) return undefined
  const parts: Uint8Array[] = []
  for (let offset = 0; offset < bytes.length; offset += size) {
    parts.push(bytes.subarray(offset, offset + size))
  }
  return parts
}
