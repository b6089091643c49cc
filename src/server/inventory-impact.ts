import type { SiteConfig } from '../config/site.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Edit, Store } from '../store/store.ts'
import { Explainer } from './explainer.ts'
import { type FileImpacts, fileImpacts } from './file-impact.ts'

/** Files of devices that are known and compared, at most. */
const DELIVERIES_MAX = 1_000_000

/** A site with its inventory. */
export interface ImpactSite {
  readonly site: SiteConfig
  readonly live: LiveInventory
  readonly store: Store
  /** The site as it would be; undefined: only the inventory changes. */
  readonly changed?: SiteConfig | undefined
}

/**
 * Which files that devices are known to have asked for would be others after a change. Where only
 * the inventory changes, those of the devices that it touches are looked at.
 */
export async function impactOnFiles(
  { site, live, store, changed }: ImpactSite,
  edits: readonly Edit[],
  limits: Parameters<typeof fileImpacts>[2],
): Promise<FileImpacts> {
  const before = await Explainer.open(site, { inventory: live })
  const after = await Explainer.open(changed ?? site, { inventory: live.previewOf(edits) })
  const touched = new Set(live.touchedBy(edits))
  const known = await store.deliveries.list({ limit: DELIVERIES_MAX })
  const asked = known.filter(({ device }) => changed !== undefined || touched.has(device))
  return await fileImpacts(asked, { before, after }, limits)
}
