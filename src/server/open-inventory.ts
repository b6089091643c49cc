import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveInventory } from '../store/live-inventory.ts'
import { DATABASE_FILE, openStore } from '../store/open-store.ts'
import type { SecretPlace } from '../store/secrets/secret-keys.ts'
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
  /** The key of its secrets; undefined: `secret.key` in the state folder. */
  readonly keyFile?: string | undefined
}

/** An inventory and the store behind it. */
export interface OpenInventory extends AsyncDisposable {
  readonly store: Store
  readonly inventory: LiveInventory
}

/** Where the key of an inventory's secrets is. */
export function secretPlace({ siteFolder, state, keyFile }: InventoryPlace): SecretPlace {
  const stateFolder = state ?? join(siteFolder, STATE_FOLDER)
  return { stateFolder, keyFile, environment: process.env }
}

/** Opens an inventory, made when there is none. @throws {StoreError} */
export async function openInventory(place: InventoryPlace): Promise<OpenInventory> {
  const stateFolder = place.state ?? join(place.siteFolder, STATE_FOLDER)
  const { store: url } = place
  const store = await openStore({ stateFolder, ...(url === undefined ? {} : { url }) })
  try {
    const { LiveInventory } = await import('../store/live-inventory.ts')
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

/**
 * The same, where there is one: to look at a site makes nothing.
 *
 * @param mayMake - Make one where there is none.
 * @throws {StoreError}
 */
export async function existingInventory(
  place: InventoryPlace,
  mayMake = false,
): Promise<OpenInventory | undefined> {
  const file = join(place.state ?? join(place.siteFolder, STATE_FOLDER), DATABASE_FILE)
  const isThere = mayMake || place.store !== undefined || existsSync(file)
  return isThere ? await openInventory(place) : undefined
}
