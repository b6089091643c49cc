import type { Log } from '../observe/log.ts'
import { findByAddress } from './address-finder.ts'
import { findInAgent } from './agent-finder.ts'
import { findInCertificate } from './certificate-finder.ts'
import { type DhcpEvent, DhcpEvents } from './dhcp-events.ts'
import type { Asked, Finder, FinderName, Finding } from './finding.ts'
import { findInHeaders } from './header-finder.ts'
import { FollowedLeases, type LeaseFileChoice } from './lease-finder.ts'
import { NeighbourFinder } from './neighbour-finder.ts'
import { findInPath } from './path-finder.ts'

export interface IdentityOptions {
  /** Which finders are asked, the most trusted first; the others are off. */
  readonly order: readonly FinderName[]
  /** Lease files of DHCP servers; none is read while `order` has no `lease`. */
  readonly leases: readonly LeaseFileChoice[]
}

/** Who asks, when the name that is asked does not say. */
export interface Identity {
  /**
   * What is known of who asks, in the configured order. Quick: lease files are read when they
   * change, the neighbour table at most once a second.
   */
  find(asked: Asked): readonly Finding[]
  /** Takes what a DHCP server reports. @throws {Refusal} `MALFORMED_REQUEST` */
  event(event: DhcpEvent): void
  /** Follows no file any more. */
  close(): Promise<void>
}

/**
 * Gets everything ready that tells who asks; resolves when the lease files that are there have been
 * read. Never rejects: a file that cannot be read is logged and tried again.
 */
export async function openIdentity(options: IdentityOptions, log: Log): Promise<Identity> {
  const { order } = options
  const choices = order.includes('lease') ? options.leases : []
  const leases = await Promise.all(choices.map((choice) => FollowedLeases.open(choice, log)))
  const events = new DhcpEvents()
  const neighbours = new NeighbourFinder(log)
  const finders: Readonly<Record<FinderName, Finder>> = {
    path: findInPath,
    certificate: findInCertificate,
    header: findInHeaders,
    agent: findInAgent,
    event: (asked) => events.find(asked, Date.now()),
    lease: (asked) => leases.flatMap((one) => one.find(asked, Date.now())),
    neighbour: (asked) => neighbours.find(asked),
    address: findByAddress,
  }
  const chosen = order.map((name) => finders[name])
  return {
    find: (asked) => chosen.flatMap((finder) => finder(asked)),
    event: (event) => events.event(event),
    close: async () => void (await Promise.all(leases.map((one) => one.close()))),
  }
}
