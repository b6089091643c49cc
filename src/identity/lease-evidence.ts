import type { Evidence } from '../inventory/identify.ts'
import type { Lease } from './lease.ts'

/** What a lease tells of its client; undefined when it has ended, or tells nothing. */
export function evidenceOfLease(lease: Lease, now: number): Evidence | undefined {
  const { mac, hostname, expiresAt } = lease
  if (expiresAt <= now || (mac === undefined && hostname === undefined)) return undefined
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(hostname === undefined ? {} : { name: hostname }),
  }
}
