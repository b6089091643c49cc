import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../observe/log.ts'
import { LiveInventory } from '../store/live-inventory.ts'
import { DATABASE_FILE, openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'

/** Where the state of a site is, beside its configuration, unless it is said otherwise. */
const STATE_FOLDER = '.trivet'

/** Where an inventory is kept. */
export interface InventoryPlace {
  /** Absolute path of the site's folder. */
  readonly siteFolder: string
  /** `--state`; undefined: `.trivet` in the site's folder. */
  readonly state: string | undefined
  /** `--store`; undefined: SQLite in the state folder. */
  readonly store: string | undefined
}

/** An inventory and the store behind it. */
export interface OpenInventory extends AsyncDisposable {
  readonly store: Store
  readonly inventory: LiveInventory
}

/** Opens an inventory, made when there is none. @throws {StoreError} */
export async function openInventory(place: InventoryPlace): Promise<OpenInventory> {
  const stateFolder = place.state ?? join(place.siteFolder, STATE_FOLDER)
  const { store: url } = place
  const store = await openStore({ stateFolder, ...(url === undefined ? {} : { url }) })
  try {
    const inventory = await LiveInventory.open(store)
    return {
      store,
      inventory,
      async [Symbol.asyncDispose]() {
        await inventory[Symbol.asyncDispose]()
        await store[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** The same, where there is one: to look at a site makes nothing. @throws {StoreError} */
export async function existingInventory(place: InventoryPlace): Promise<OpenInventory | undefined> {
  const file = join(place.state ?? join(place.siteFolder, STATE_FOLDER), DATABASE_FILE)
  return place.store === undefined && !existsSync(file) ? undefined : await openInventory(place)
}

/**
 * The same for a server. Where nobody has said that there is an inventory, a folder that cannot be
 * written is no failure: the site is served without one.
 *
 * @throws {StoreError} When a state folder or a store was named and cannot be had.
 */
export async function inventoryForServer(
  place: InventoryPlace,
  log: Log,
): Promise<OpenInventory | undefined> {
  try {
    return await openInventory(place)
  } catch (error) {
    if (place.state !== undefined || place.store !== undefined) throw error
    const reason = error instanceof Error ? error.message : String(error)
    log.warn(`no inventory, every device is unknown: ${reason}; --state names another folder`)
    return undefined
  }
}
