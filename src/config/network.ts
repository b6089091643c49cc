import ipaddr from 'ipaddr.js'

/** True for an address or a network in CIDR form, of either family, without a zone. */
export function isNetwork(text: string): boolean {
  if (text.includes('%')) return false
  if (!text.includes('/')) return isPlainAddress(text)
  return isPlainAddress(text.slice(0, text.indexOf('/'))) && ipaddr.isValidCIDR(text)
}

/** `10.1` and `0x0a.1` would be addresses to some programs, and others to others. */
function isPlainAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
}
