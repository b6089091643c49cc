import { join } from 'node:path'
import { type Store, StoreError } from './store.ts'

export interface OpenStoreOptions {
  /** `postgres://user:password@host:port/database`; undefined: SQLite in the state folder. */
  readonly url?: string
  /** Where `trivet.db` is; made when it is not there. */
  readonly stateFolder: string
  /** Unknown devices that are remembered. Default 1000. */
  readonly inboxEntriesMax?: number
}

/** The name of the database in the state folder. */
export const DATABASE_FILE = 'trivet.db'

/**
 * Opens the store of a server, and makes it when there is none.
 *
 * @throws {StoreError} `TOO_NEW`, `DAMAGED`, `UNREACHABLE`, `DISK_FULL`. No message has a password.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { url, stateFolder, inboxEntriesMax } = options
  const limits = inboxEntriesMax === undefined ? {} : { inboxEntriesMax }
  if (url === undefined) {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts')
    return await openSqliteStore({ file: join(stateFolder, DATABASE_FILE), ...limits })
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    // Only one engine is loaded: the other would cost memory for nothing.
    const { openPostgresStore } = await import('./postgres/postgres-store.ts')
    return await openPostgresStore({ url, ...limits })
  }
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):/i.exec(url) ?? []
  throw new StoreError(
    'UNREACHABLE',
    `Cannot open a store "${scheme}:…": its URL has to begin with postgres:// or postgresql://`,
  )
}
