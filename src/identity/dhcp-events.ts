import { LRUCache } from 'lru-cache'
import { Refusal } from '../base/refusal.ts'
import { normaliseAddress, normaliseMac } from '../inventory/identifiers.ts'
import type { Asked, Finding } from './finding.ts'
import { evidenceOfLease } from './lease-evidence.ts'
import type { Lease } from './lease.ts'

/** Addresses that are remembered; beyond it the ones that were not asked for longest go. */
const EVENTS_MAX = 1_000_000
/** The longest host name (RFC 1035 §2.3.4). */
const HOSTNAME_LENGTH_MAX = 255

/** What a DHCP server reports by a hook. */
export interface DhcpEvent {
  readonly ip: string
  readonly mac: string
  readonly hostname?: string | undefined
  /**
   * In ms since 1970. One that has passed: the address was given back, the lease files count. 0
   * ends no lease that another MAC has by now: hooks may overtake each other.
   */
  readonly expiresAt: number
}

/** What DHCP servers have reported since the server started. */
export class DhcpEvents {
  readonly #leases: LRUCache<string, Lease>

  /** @param eventsMax - Addresses that are remembered. Default 1,000,000. */
  constructor(eventsMax = EVENTS_MAX) {
    this.#leases = new LRUCache({ max: eventsMax })
  }

  /** @throws {Refusal} `MALFORMED_REQUEST` for what is no address, MAC, host name or time. */
  event({ ip, mac: writtenMac, hostname, expiresAt }: DhcpEvent): void {
    const address = normaliseAddress(ip)
    const mac = normaliseMac(writtenMac)
    if (address === undefined) throw malformed('ip', ip, 'an IPv4 or IPv6 address')
    if (mac === undefined) throw malformed('mac', writtenMac, 'a MAC, as 00:11:22:33:44:55')
    if (hostname !== undefined && hostname.length > HOSTNAME_LENGTH_MAX) {
      throw malformed('hostname', hostname, `at most ${HOSTNAME_LENGTH_MAX} characters`)
    }
    if (Number.isNaN(expiresAt)) throw malformed('expiresAt', 'NaN', 'milliseconds since 1970')
    const kept = this.#leases.peek(address)
    if (expiresAt === 0 && kept !== undefined && kept.mac !== mac) return
    this.#leases.set(address, { mac, hostname: hostname === '' ? undefined : hostname, expiresAt })
  }

  /** @param now - In ms since 1970. */
  find({ clientAddress }: Asked, now: number): readonly Finding[] {
    const address = normaliseAddress(clientAddress)
    const lease = address === undefined ? undefined : this.#leases.get(address)
    const evidence = lease && evidenceOfLease(lease, now)
    if (evidence === undefined) return []
    return [{ evidence, finder: 'event', where: 'an event of the DHCP server' }]
  }
}

function malformed(name: string, found: string, allowed: string): Refusal {
  const shown = JSON.stringify(found.slice(0, 80))
  return new Refusal('MALFORMED_REQUEST', `Cannot use ${name} ${shown}: allowed is ${allowed}`)
}
