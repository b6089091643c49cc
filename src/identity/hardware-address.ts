import { normaliseMac } from '../inventory/identifiers.ts'
import { detached } from './lease.ts'

/** Already in its one spelling, as servers write it: half a million need not be taken apart. */
const SPELT = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/
const ETHERNET = 1
const MAC_BYTES = 6
/** DUID-LLT and DUID-LL, and where the address begins in each (RFC 8415 §11.2, §11.4). */
const addressOffset = new Map([
  [1, 8],
  [3, 4],
])

/** The MAC that a server wrote; undefined for what is none. */
export function macOf(text: string): string | undefined {
  return SPELT.test(text) ? detached(text) : normaliseMac(text)
}

/**
 * The MAC in a DUID; undefined for those that hold none.
 *
 * @param duid - Its bytes as hexadecimal digits, with or without colons.
 */
export function macOfDuid(duid: string): string | undefined {
  const digits = duid.replaceAll(':', '')
  if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) return undefined
  const bytes = Buffer.from(digits, 'hex')
  if (bytes.length < 4 || bytes.readUInt16BE(2) !== ETHERNET) return undefined
  const start = addressOffset.get(bytes.readUInt16BE(0))
  if (start === undefined || bytes.length !== start + MAC_BYTES) return undefined
  return normaliseMac(bytes.toString('hex', start))
}

/** The MAC in a DHCPv4 client identifier: a type, then the address (RFC 2132 §9.14). */
export function macOfClientId(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 1 + MAC_BYTES || bytes[0] !== ETHERNET) return undefined
  return normaliseMac(Buffer.from(bytes.subarray(1)).toString('hex'))
}
