import ipaddr from 'ipaddr.js'
import { ADDRESS_WORDS } from './words.ts'

/** `fe80::/10`: addresses that mean nothing without their interface (RFC 4291 §2.5.6). */
const LINK_LOCAL_BITS = 0xffc0_0000
const LINK_LOCAL = 0xfe80_0000

/** Writes an IPv4 address the way people do. */
export function formatIpv4(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`
}

/**
 * The one spelling of an IPv6 address without its scope (RFC 5952), or undefined when it is no
 * unicast IPv6 address.
 */
export function formatIpv6(words: Uint32Array): string | undefined {
  const parts = Array.from(words.subarray(0, 4)).flatMap((word) => [word >>> 16, word & 0xffff])
  const address = new ipaddr.IPv6(parts)
  const range = address.range()
  if (range === 'multicast' || range === 'unspecified') return undefined
  return address.isIPv4MappedAddress() ? undefined : address.toRFC5952String()
}

/**
 * An address in words, its scope left out.
 *
 * @param address - A literal.
 * @param interfaceIndex - Kept only where the address is ambiguous without it.
 */
export function addressWords(address: string, interfaceIndex: number): Uint32Array {
  const words = new Uint32Array(ADDRESS_WORDS)
  const [literal = ''] = address.split('%', 1)
  const bytes = new DataView(Uint8Array.from(ipaddr.parse(literal).toByteArray()).buffer)
  for (let index = 0; index * 4 < bytes.byteLength; index++) {
    words[index] = bytes.getUint32(index * 4)
  }
  words[4] = isLinkLocal(words) ? interfaceIndex : 0
  return words
}

export function isLinkLocal(words: Uint32Array): boolean {
  return ((words[0] as number) & LINK_LOCAL_BITS) >>> 0 === LINK_LOCAL
}
