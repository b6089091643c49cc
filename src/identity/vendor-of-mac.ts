import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/**
 * Hex digits of what the IEEE gives to a vendor: 24, 28 or 36 bits; the longest that fits counts.
 */
const PREFIX_DIGITS = [9, 7, 6]
/** The second digit of a MAC that its owner made up: 2, 6, A or E (IEEE 802, bit 1 of octet 0). */
const LOCAL_DIGITS = new Set(['2', '6', 'a', 'e'])

let loading: Promise<ReadonlyMap<string, string>> | undefined

/**
 * Who made a device, by its MAC; undefined when nobody knows, or its MAC is one that was made up.
 *
 * The list (package `oui-data`, 5 MB) is read when it is first needed; of each entry only the name
 * is kept.
 *
 * @param mac - In the form `00:11:22:aa:bb:cc`.
 */
export async function vendorOfMac(mac: string): Promise<string | undefined> {
  const digits = mac.replaceAll(':', '').toLowerCase()
  if (LOCAL_DIGITS.has(digits.charAt(1))) return undefined
  loading ??= loadVendors()
  const vendors = await loading
  for (const length of PREFIX_DIGITS) {
    const vendor = vendors.get(digits.slice(0, length))
    if (vendor !== undefined && vendor !== 'Private') return vendor
  }
  return undefined
}

async function loadVendors(): Promise<ReadonlyMap<string, string>> {
  const file = createRequire(import.meta.url).resolve('oui-data')
  const list = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, string>>
  const vendors = new Map<string, string>()
  // The name, then lines of the postal address.
  for (const [prefix, text] of Object.entries(list)) {
    vendors.set(prefix.toLowerCase(), text.split('\n', 1)[0] ?? '')
  }
  return vendors
}
