import { normaliseAddress } from '../inventory/identifiers.ts'
import { macOf, macOfDuid } from './hardware-address.ts'
import { detached, type LeaseParser, type LeaseTable } from './lease.ts'

/** Hardware that is not Ethernet is written with its ARP type before it: `06-00:11:…`. */
const OTHER_HARDWARE = /^[0-9a-f]{2}-/

/**
 * The lease file of dnsmasq: `1764000000 00:11:22:33:44:55 10.0.0.5 desk-7 01:00:11:22:33:44:55`.
 *
 * After a line `duid …` come those of IPv6, with an IAID and a DUID:
 * `1764000000 1234 2001:db8::5 desk-7 00:01:00:01:…`. An expiry of 0 is none, `*` stands for what
 * is not known.
 *
 * @see dnsmasq, `src/lease.c`, `lease_update_file`
 */
export function dnsmasqLeases(table: LeaseTable): LeaseParser {
  return {
    line: (text) => {
      const [expiry = '', hardware = '', ip = '', name, client = ''] = text.split(' ')
      if (text === '' || expiry === 'duid') return true
      const address = normaliseAddress(ip)
      if (!/^\d+$/.test(expiry) || address === undefined) return false
      const mac = address.includes(':') ? macOfDuid(client) : macOf(hardware)
      const isKnown = address.includes(':') || OTHER_HARDWARE.test(hardware)
      if (mac === undefined && !isKnown) return false
      const hostname =
        name === undefined || name === '*' || name === '' ? undefined : detached(name)
      const seconds = Number(expiry)
      table.set(address, { mac, hostname, expiresAt: seconds === 0 ? Infinity : seconds * 1000 })
      return true
    },
  }
}
