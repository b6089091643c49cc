import type { SiteConfig } from '../config/site.ts'
import type { Log } from '../observe/log.ts'

/** Tells the MAC of who has an address, as leases and the neighbour table know it. */
export interface ClientMacs extends AsyncDisposable {
  /** `00:11:22:aa:bb:cc`; undefined when nobody knows. */
  readonly macOf: (clientAddress: string) => string | undefined
}

const witnesses: ReadonlySet<string> = new Set(['lease', 'neighbour'])

/**
 * Opened where a route needs it, with or without an inventory; undefined where none does. The order
 * is that of `identity`.
 */
export async function openClientMacs(site: SiteConfig, log: Log): Promise<ClientMacs | undefined> {
  const isNeeded = site.routes.some(
    ({ source }) => source.kind === 'static' && source.options.perClient === 'mac',
  )
  if (!isNeeded) return undefined
  const { openIdentity } = await import('../identity/open-identity.ts')
  const order = site.identity.order.filter((name) => witnesses.has(name))
  const identity = await openIdentity({ order, leases: site.identity.leases }, log)
  const nothing = { headers: new Headers(), params: {} }
  return {
    macOf(clientAddress) {
      const findings = identity.find({ ...nothing, clientAddress })
      return findings.find(({ evidence }) => evidence.mac !== undefined)?.evidence.mac
    },
    [Symbol.asyncDispose]: () => identity.close(),
  }
}
