import { parseIpv6, formatIpv6 } from './ipv6.ts'

/** What a typed parameter matches, and the one spelling it is handed on in. */
export interface ParameterType {
  /** Source of a regular expression without capturing groups; linear in the length of the path. */
  readonly expression: string
  /** The one spelling; undefined when the text is none after all (`{ip}`: 999.1.1.1). */
  normalise(text: string): string | undefined
  /** What it stands for, for messages. */
  readonly description: string
}

const same = (text: string): string => text
const HEX = '[0-9A-Fa-f]'

/** One row per type. Any other parameter name is a `name`. */
export const parameterTypes = {
  /** `00:11:22:aa:bb:cc` from `00-11-22-AA-BB-CC`, `0011.22aa.bbcc`, `001122AABBCC`. */
  mac: {
    expression: `(?:${HEX}{12}|${HEX}{2}(?:[:-]${HEX}{2}){5}|${HEX}{4}(?:[.-]${HEX}{4}){2})`,
    normalise: normaliseMac,
    description: 'a MAC address',
  },
  /** An IPv4 or IPv6 address, without brackets. */
  ip: {
    expression: `(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)`,
    normalise: normaliseIp,
    description: 'an IP address',
  },
  /** Eight hex digits, as PXELINUX and GRUB write an IPv4 address: `0A000007` is `10.0.0.7`. */
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
  serial: { expression: '[A-Za-z0-9._-]+', normalise: same, description: 'a serial number' },
  /** Anything without a slash. */
  name: { expression: '[^/]+', normalise: same, description: 'a name without a slash' },
  /** The rest, slashes included. */
  path: { expression: '.+', normalise: same, description: 'a path' },
} as const satisfies Record<string, ParameterType>

export type ParameterTypeName = keyof typeof parameterTypes

export function isParameterType(name: string): name is ParameterTypeName {
  return Object.hasOwn(parameterTypes, name)
}

/** The colon form in lower case of any common spelling of a MAC; undefined when it is none. */
export function normaliseMac(text: string): string | undefined {
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase()
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined
  return digits.match(/../g)?.join(':')
}

function normaliseIp(text: string): string | undefined {
  if (text.includes(':')) {
    const groups = parseIpv6(text)
    return groups && formatIpv6(groups)
  }
  const octets = text.split('.').map(Number)
  return octets.every((octet) => octet <= 255) ? octets.join('.') : undefined
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
