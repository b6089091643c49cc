import { normaliseAddress } from '../inventory/identifiers.ts'
import { macOf, macOfDuid } from './hardware-address.ts'
import { detached, freeLease, type LeaseParser, type LeaseTable } from './lease.ts'

/** A lease that somebody has; 1 is declined, 2 reclaimed, 3 released. */
const STATE_ACTIVE = '0'
/** A lifetime without end: 2^32 - 1 seconds (RFC 2131 §3.3). */
const NEVER_ENDS = '4294967295'
/** A delegated prefix is no client's address. */
const LEASE_TYPE_PREFIX = '2'

/**
 * A lease file of Kea's memfile backend, for IPv4 or IPv6: CSV with a heading line, one row for
 * each change, a lifetime of 0 for a lease that was deleted.
 *
 * Not the CSV of RFC 4180: nothing is quoted, a comma in a value is written `&#x2c`, and the JSON
 * of `user_context` has quotes that mean nothing.
 *
 * @see Kea, `src/lib/util/csv_file.h`, `src/lib/dhcpsrv/csv_lease_file4.h`
 */
export function keaLeases(table: LeaseTable): LeaseParser {
  let columns: ReadonlyMap<string, number> | undefined
  const cell = (row: readonly string[], name: string): string => row[columns?.get(name) ?? -1] ?? ''
  const row = (cells: readonly string[]): boolean => {
    const address = normaliseAddress(cell(cells, 'address'))
    const expire = cell(cells, 'expire')
    if (address === undefined || !/^\d+$/.test(expire)) return false
    if (cell(cells, 'lease_type') === LEASE_TYPE_PREFIX) return true
    const lifetime = cell(cells, 'valid_lifetime')
    if (lifetime === '0' || cell(cells, 'state') !== STATE_ACTIVE) table.set(address, freeLease)
    else {
      const mac = macOf(cell(cells, 'hwaddr')) ?? macOfDuid(cell(cells, 'duid'))
      const hostname = nameOf(cell(cells, 'hostname'))
      const expiresAt = lifetime === NEVER_ENDS ? Infinity : Number(expire) * 1000
      table.set(address, { mac, hostname, expiresAt })
    }
    return true
  }
  return {
    line: (text) => {
      if (text === '') return true
      const cells = text.split(',')
      if (cells[0] !== 'address') return columns !== undefined && row(cells)
      columns = new Map(cells.map((name, index) => [name, index]))
      return columns.has('expire')
    },
  }
}

/** A host name as the client gave it; a full one ends with a dot. */
function nameOf(cell: string): string | undefined {
  const name = cell.replaceAll('&#x2c', ',').replace(/\.$/, '')
  return name === '' ? undefined : detached(name)
}
