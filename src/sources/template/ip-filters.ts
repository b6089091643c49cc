import ipaddrJs from 'ipaddr.js'

type Address = ipaddrJs.IPv4 | ipaddrJs.IPv6

interface Network {
  readonly address: Address
  readonly prefixBits: number
}

/** `10.0.0.1` → `0A000001`, as PXELINUX and GRUB name files. */
export function ipHex(text: string): string {
  const { address } = parse(text)
  return address.toByteArray().map(hexByte).join('').toUpperCase()
}

/** `24`, `/24` or `10.0.0.0/24` → `255.255.255.0`. */
export function netmask(text: string): string {
  const bare = /^\/?(\d{1,2})$/.exec(text)
  const prefixBits = bare === null ? parse(text).prefixBits : Number(bare[1])
  if (prefixBits > 32) throw new Error(`"${text}" is no IPv4 prefix, 0 to 32 are allowed`)
  return ipaddrJs.IPv4.subnetMaskFromPrefixLength(prefixBits).toString()
}

type Part = (network: Network) => string | number

/** What `ipaddr` can be asked for. */
const parts: Readonly<Record<string, Part>> = {
  address: ({ address }) => address.toString(),
  prefix: ({ prefixBits }) => prefixBits,
  netmask: (network) =>
    masked(
      Array.from({ length: byteCount(network) }, () => 255),
      network,
      0,
    ),
  hostmask: (network) =>
    masked(
      Array.from({ length: byteCount(network) }, () => 0),
      network,
      255,
    ),
  network: (network) => masked(network.address.toByteArray(), network, 0),
  broadcast: (network) => masked(network.address.toByteArray(), network, 255),
  first: (network) => nth(network, 1n),
  last: (network) => nth(network, -2n),
}

/**
 * A part of an address or network: `"10.0.0.7/24" | ipaddr("network")`; a number gives that address of it, counted
 * from its first, or from its end when negative.
 */
export function ipaddr(text: string, part: unknown): string | number {
  const network = parse(text)
  if (typeof part === 'number' || typeof part === 'bigint') return nth(network, BigInt(part))
  const found = parts[String(part)]
  if (found === undefined) {
    throw new Error(
      `found "${String(part)}", the parts are ${Object.keys(parts).join(', ')} and a number`,
    )
  }
  return found(network)
}

function parse(text: string): Network {
  const [host = '', prefix, ...more] = text.split('/')
  if (!ipaddrJs.isValid(host) || more.length > 0 || /^\d+$/.test(host)) throw notAddress(text)
  const address = ipaddrJs.parse(host)
  const bits = address.toByteArray().length * 8
  const prefixBits = prefix === undefined ? bits : Number(prefix)
  if (!/^\d{1,3}$/.test(prefix ?? '0') || prefixBits > bits) throw notAddress(text)
  return { address, prefixBits }
}

function notAddress(text: string): Error {
  return new Error(`"${text}" is not an IP address or network`)
}

function byteCount({ address }: Network): number {
  return address.toByteArray().length
}

/** Bytes with those bits behind the prefix replaced. */
function masked(bytes: readonly number[], { prefixBits }: Network, fill: number): string {
  const result = bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefixBits - index * 8))
    const hostBits = 0xff >> kept
    return (byte & ~hostBits & 0xff) | (fill & hostBits)
  })
  return ipaddrJs.fromByteArray(result).toString()
}

function nth(network: Network, index: bigint): string {
  const bytes = byteCount(network)
  const size = 1n << BigInt(bytes * 8 - network.prefixBits)
  const offset = index < 0n ? size + index : index
  if (offset < 0n || offset >= size)
    throw new Error(`the network has ${size} addresses, not number ${index}`)
  const first = BigInt(
    `0x${ipaddrJs
      .parse(masked(network.address.toByteArray(), network, 0))
      .toByteArray()
      .map(hexByte)
      .join('')}`,
  )
  const hex = (first + offset).toString(16).padStart(bytes * 2, '0')
  return ipaddrJs
    .fromByteArray((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)))
    .toString()
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
