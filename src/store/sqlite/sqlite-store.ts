import { Kysely, sql } from 'kysely'
import type { Dialect, Durability, Engine, Work } from '../engine.ts'
import { openEngineStore, type StoreLimits } from '../engine-store.ts'
import type { Schema } from '../schema.ts'
import type { Store } from '../store.ts'
import { Bursts } from './bursts.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { explainSqlite } from './sqlite-error.ts'
import { APPLICATION_ID, openSqliteFile, type SqliteFile } from './sqlite-file.ts'
import { Turns } from '../turns.ts'

export interface SqliteStoreOptions extends StoreLimits {
  /** Made with its folder when it is not there. */
  readonly file: string
}

/**
 * Opens a store in a file, for any number of processes of one machine.
 *
 * @throws {StoreError} `TOO_NEW`, `DAMAGED`, `DISK_FULL`, `UNREACHABLE`.
 */
export async function openSqliteStore({ file, ...limits }: SqliteStoreOptions): Promise<Store> {
  const place = `"${file}"`
  let opened: SqliteFile
  try {
    opened = await openSqliteFile(file)
  } catch (error) {
    throw explainSqlite(error, place)
  }
  return await openEngineStore(new SqliteEngine(opened, place), limits)
}

const dialect: Dialect = {
  keyType: sql`text`,
  bytesType: sql`blob`,
  elementsOf: (json) => sql`json_each(${json})`,
  isAmong: (column, texts) => sql`${sql.ref(column)} in (${texts})`,
}

class SqliteEngine implements Engine {
  readonly name = 'sqlite'
  readonly dialect = dialect
  /** Reading one row that SQLite has in its cache costs 20 µs. */
  readonly pollMs = 500
  readonly place: string
  readonly db: Kysely<Schema>
  readonly #relaxed: Kysely<Schema>
  readonly #file: SqliteFile

  constructor(file: SqliteFile, place: string) {
    this.#file = file
    this.place = place
    const shared = { file, turns: new Turns(), bursts: new Bursts() }
    this.db = new Kysely({ dialect: sqliteDialect({ ...shared, durability: 'durable' }) })
    this.#relaxed = new Kysely({ dialect: sqliteDialect({ ...shared, durability: 'relaxed' }) })
  }

  async write<T>(work: Work<T>, durability: Durability): Promise<T> {
    const db = durability === 'durable' ? this.db : this.#relaxed
    return await db.transaction().execute(work)
  }

  /** Every transaction has the lock from its beginning. */
  async lock(): Promise<void> {}

  /** Other processes look for themselves. */
  async announce(): Promise<void> {}

  async listen(): Promise<void> {}

  async hasTables(db: Kysely<Schema>): Promise<boolean> {
    const tables = await sql`select 1 from sqlite_schema where name = 'state'`.execute(db)
    return tables.rows.length > 0
  }

  async prepareTables(transaction: Kysely<Schema>): Promise<void> {
    await sql`pragma application_id = ${sql.lit(APPLICATION_ID)}`.execute(transaction)
  }

  explain(failure: unknown): unknown {
    return explainSqlite(failure, this.place)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy()
    await this.#relaxed.destroy()
    this.#file[Symbol.dispose]()
  }
}
