import { Buffer } from 'node:buffer'
import ipaddr from 'ipaddr.js'
import { normaliseMac } from '../../routing/parameter-types.ts'
import { type Filter, FilterError, shown, textOf } from './filter.ts'

/** How each style writes the twelve digits of a MAC. */
const macStyles = {
  colon: (digits: string) => digits.replaceAll(/(..)(?!$)/g, '$1:'),
  dash: (digits: string) => digits.replaceAll(/(..)(?!$)/g, '$1-'),
  dotted: (digits: string) => digits.replaceAll(/(.{4})(?!$)/g, '$1.'),
  bare: (digits: string) => digits,
} as const

/** `mac(style)`: a MAC in any common spelling, in the style asked for, in lower case. */
export const mac: Filter = (value, style = 'colon') => {
  const normal = typeof value === 'string' ? normaliseMac(value.trim()) : undefined
  if (normal === undefined) throw new FilterError('mac', `${shown(value)} is not a MAC address`)
  const write = macStyles[style as keyof typeof macStyles]
  if (typeof style !== 'string' || !Object.hasOwn(macStyles, style)) {
    const styles = Object.keys(macStyles).join(', ')
    throw new FilterError('mac', `${shown(style)} is not a style; the styles are ${styles}`)
  }
  return write(normal.replaceAll(':', ''))
}

/** `ip_hex`: an IPv4 address as PXELINUX and GRUB write it in file names, in upper case. */
export const ipHex: Filter = (value) => {
  const { bytes } = parseNetwork('ip_hex', value)
  if (bytes.length !== 4) {
    throw new FilterError('ip_hex', `${shown(value)} is not an IPv4 address`)
  }
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

/** `netmask`: of a prefix length (24) or a network (10.0.0.0/24). */
export const netmask: Filter = (value) => {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && /^\d{1,2}$/.test(text) && Number(text) <= 32) {
    return ipaddr.IPv4.subnetMaskFromPrefixLength(Number(text)).toString()
  }
  if (typeof text === 'string' && text.includes('/')) return ipAddress(text, 'netmask')
  const wanted = 'neither a prefix length (0 to 32) nor a network like 10.0.0.0/24'
  throw new FilterError('netmask', `${shown(value)} is ${wanted}`)
}

/**
 * `ipaddr(what)`: a part of an address or network; without an argument the address itself, checked.
 */
export const ipAddress: Filter = (value, what) => {
  const network = parseNetwork('ipaddr', value)
  if (what === undefined) return network.isBare ? addressOf(network) : withPrefix(network)
  if (typeof what === 'number' || (typeof what === 'string' && /^-?\d+$/.test(what))) {
    return nthAddress(network, Number(what))
  }
  const part = typeof what === 'string' && Object.hasOwn(parts, what) ? what : undefined
  if (part === undefined) {
    const known = Object.keys(parts).join(', ')
    throw new FilterError('ipaddr', `${shown(what)} is no part; the parts are ${known}, a number`)
  }
  return parts[part]?.(network)
}

interface Network {
  readonly bytes: readonly number[]
  readonly prefix: number
  /** Whether no prefix was given. */
  readonly isBare: boolean
  readonly number: bigint
  readonly bits: number
  /** Of the network, and of its last address. */
  readonly first: bigint
  readonly last: bigint
}

/** One row per word that `ipaddr` takes. */
const parts: Readonly<Record<string, (network: Network) => string | number>> = {
  address: addressOf,
  network: (network) => format(network.first, network),
  netmask: (network) => format(network.last ^ network.first ^ allOnes(network), network),
  hostmask: (network) => format(network.last ^ network.first, network),
  prefix: (network) => network.prefix,
  subnet: (network) => `${format(network.first, network)}/${network.prefix}`,
  broadcast: broadcastOf,
  first: (network) => format(network.first + (hasEnds(network) ? 1n : 0n), network),
  last: (network) => {
    const isReserved = hasEnds(network) && network.bits === 32
    return format(network.last - (isReserved ? 1n : 0n), network)
  },
  size: (network) => Number(network.last - network.first + 1n),
  version: (network) => (network.bits === 32 ? 4 : 6),
}

function broadcastOf(network: Network): string {
  if (network.bits === 32 && hasEnds(network)) return format(network.last, network)
  throw new FilterError('ipaddr', `"${withPrefix(network)}" has no broadcast address`)
}

/**
 * The address with this number in the network, with its prefix; negative numbers count from the
 * end.
 */
function nthAddress(network: Network, index: number): string {
  const start = index < 0 ? network.last + 1n : network.first
  const number = start + BigInt(index)
  if (number < network.first || number > network.last) {
    throw new FilterError('ipaddr', `"${withPrefix(network)}" has no address ${index}`)
  }
  return `${format(number, network)}/${network.prefix}`
}

/**
 * Networks of one or two addresses have no network and broadcast address of their own (RFC 3021).
 */
function hasEnds({ prefix, bits }: Network): boolean {
  return prefix < bits - 1
}

function addressOf(network: Network): string {
  return format(network.number, network)
}

function withPrefix(network: Network): string {
  return `${addressOf(network)}/${network.prefix}`
}

function allOnes({ bits }: Network): bigint {
  return (1n << BigInt(bits)) - 1n
}

function format(number: bigint, { bits }: Network): string {
  const bytes = Buffer.from(number.toString(16).padStart(bits / 4, '0'), 'hex')
  return ipaddr.fromByteArray([...bytes]).toString()
}

function parseNetwork(filter: string, value: unknown): Network {
  const text = textOf(filter, value).trim()
  const [address = '', given] = text.split('/', 2)
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
  if (!isAddress || address.includes('%')) {
    throw new FilterError(filter, `${shown(value)} is not an IP address`)
  }
  const bytes = ipaddr.parse(address).toByteArray()
  const bits = bytes.length * 8
  const prefix = given === undefined ? bits : prefixOf(given, bits)
  if (prefix === undefined) throw new FilterError(filter, `${shown(value)} is not a network`)
  const number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  const hostBits = BigInt(bits - prefix)
  const first = (number >> hostBits) << hostBits
  const last = first | ((1n << hostBits) - 1n)
  return { bytes, prefix, isBare: given === undefined, number, bits, first, last }
}

/** `24` or `255.255.255.0`. */
function prefixOf(text: string, bits: number): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bits ? Number(text) : undefined
  if (bits !== 32 || !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  return ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined
}
