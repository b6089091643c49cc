import { join, sep } from 'node:path'
import { realPath } from '../config/protected.ts'
import type { SiteConfig } from '../config/site.ts'
import { type InventoryPlace, secretPlace } from './open-inventory.ts'
import type { UploadsPlaces, UploadsPlacesParts } from './uploads-places.ts'

/**
 * What keeps the uploads of a site; undefined where no route takes any: such a site does without
 * the memory for it.
 */
export async function openUploads(
  site: SiteConfig,
  place: InventoryPlace,
  parts: Pick<UploadsPlacesParts, 'isProtected' | 'warn'>,
): Promise<UploadsPlaces | undefined> {
  if (!site.routes.some(({ source }) => source.kind === 'uploads')) return undefined
  const { UploadsPlaces: Places } = await import('./uploads-places.ts')
  const { isProtected, warn } = parts
  const { stateFolder } = secretPlace(place)
  return new Places({ siteFolder: site.folder, stateFolder, isProtected, warn })
}

/** Adds the uploads in the state, which may lie below the site under any name. */
export function protectUploads(
  isProtected: (realPath: string) => boolean,
  place: InventoryPlace,
): (realPath: string) => boolean {
  const uploads = join(realPath(secretPlace(place).stateFolder), 'uploads') + sep
  return (path) => path.startsWith(uploads) || isProtected(path)
}
