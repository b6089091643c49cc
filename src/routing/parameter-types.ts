import { formatIpv6, parseIpv6 } from './ipv6.ts'

/** What a typed parameter matches, and the one spelling it is handed on in. */
export interface ParameterType {
  /** Source of a regular expression for the whole value, without capturing groups. */
  readonly expression: string
  /**
   * Source of an expression for one character, when the value is one or more of these and nothing
   * else. Such a value has no end of its own: it ends at the first place where what follows it in
   * the pattern fits.
   */
  readonly character?: string
  /** The one spelling; undefined when the text is none after all (`{ip}`: 999.1.1.1). */
  normalise(text: string): string | undefined
  /** What it stands for, for messages. */
  readonly description: string
}

const same = (text: string): string => text
const HEX = '[0-9A-Fa-f]'
const DOTTED = '[0-9]{1,3}(?:\\.[0-9]{1,3}){3}'
const SERIAL = '[A-Za-z0-9._-]'

/** One row per type. Any other parameter name is a `name`. */
export const parameterTypes = {
  /**
   * `00:11:22:aa:bb:cc` from `00-11-22-AA-BB-CC`, `0011.22aa.bbcc`, `001122-aabbcc`,
   * `001122AABBCC`.
   */
  mac: {
    expression:
      `(?:${HEX}{12}|${HEX}{2}(?:[:._-]${HEX}{2}){5}` +
      `|${HEX}{4}(?:[:._-]${HEX}{4}){2}|${HEX}{6}[:._-]${HEX}{6})`,
    normalise: normaliseMac,
    description: 'a MAC address',
  },
  /** An IPv4 or IPv6 address, without brackets: `10.0.0.7`, `fe80::1`. */
  ip: {
    expression: `(?:(?:${HEX}{0,4}:){2,8}(?:${DOTTED}|${HEX}{0,4})|${DOTTED})`,
    normalise: normaliseIp,
    description: 'an IP address',
  },
  /**
   * Eight hex digits, as PXELINUX and GRUB write an IPv4 address: `0A000007` is `10.0.0.7`. Fewer
   * digits, which PXELINUX asks for next, stand for a network and do not match.
   */
  ipHex: {
    expression: `${HEX}{8}`,
    normalise: dottedFromHex,
    description: 'an IPv4 address in eight hex digits',
  },
  /** Lower case with dashes. */
  uuid: {
    expression: `(?:${HEX}{8}(?:-${HEX}{4}){3}-${HEX}{12}|${HEX}{32})`,
    normalise: normaliseUuid,
    description: 'a UUID',
  },
  /** Letters, digits, dot, dash and underscore, as written. */
  serial: {
    expression: `${SERIAL}+`,
    character: SERIAL,
    normalise: same,
    description: 'a serial number',
  },
  /** Anything without a slash. */
  name: {
    expression: '[^/]+',
    character: '[^/]',
    normalise: same,
    description: 'a name without a slash',
  },
  /** The rest, slashes included. */
  path: { expression: '.+', normalise: same, description: 'a path' },
} as const satisfies Record<string, ParameterType>

export type ParameterTypeName = keyof typeof parameterTypes

export function isParameterType(name: string): name is ParameterTypeName {
  return Object.hasOwn(parameterTypes, name)
}

/** The colon form in lower case of any common spelling of a MAC; undefined when it is none. */
export function normaliseMac(text: string): string | undefined {
  const digits = text.replaceAll(/[:._-]/g, '').toLowerCase()
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined
  return digits.match(/../g)?.join(':')
}

/**
 * IPv6 as RFC 5952 writes it. An IPv4 address inside IPv6 is that IPv4 address, as everywhere else;
 * an octet with a leading zero is refused, because some read it as octal.
 */
function normaliseIp(text: string): string | undefined {
  const groups = text.includes(':') ? parseIpv6(text) : undefined
  if (groups !== undefined) return dottedFromMapped(groups) ?? formatIpv6(groups)
  const octets = text.split('.')
  const isAddress =
    octets.length === 4 &&
    octets.every((octet) => /^(?:0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255)
  return isAddress ? text : undefined
}

/** `::ffff:10.0.0.7` is `10.0.0.7` (RFC 4291 §2.5.5.2). */
function dottedFromMapped(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.') : undefined
}

function dottedFromHex(text: string): string | undefined {
  return text
    .match(/../g)
    ?.map((digits) => Number.parseInt(digits, 16))
    .join('.')
}

function normaliseUuid(text: string): string {
  const digits = text.replaceAll('-', '').toLowerCase()
  const cuts: readonly [number, number][] = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
  return cuts.map(([from, to]) => digits.slice(from, to)).join('-')
}
