import { Kysely, sql } from 'kysely'
import type { Dialect, Durability, Engine, EngineListener, Work } from '../engine.ts'
import { openEngineStore, type StoreLimits } from '../engine-store.ts'
import type { Schema } from '../schema.ts'
import type { Store } from '../store.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { explainPostgres } from './postgres-error.ts'
import { type PostgresPools, postgresPools } from './postgres-pools.ts'

export interface PostgresStoreOptions extends StoreLimits {
  /** `postgres://user:password@host:port/database`. All tables are in its schema `trivet`. */
  readonly url: string
}

/**
 * Opens a store in a database that any number of servers share.
 *
 * @throws {StoreError} `TOO_NEW`, `DAMAGED`, `DISK_FULL`, `UNREACHABLE`. The message names host and
 *   port, never the password.
 */
export async function openPostgresStore({ url, ...limits }: PostgresStoreOptions): Promise<Store> {
  return await openEngineStore(new PostgresEngine(postgresPools(url)), limits)
}

const dialect: Dialect = {
  keyType: sql`text collate "C"`,
  bytesType: sql`bytea`,
  // By way of text: postgres.js makes JSON of what is asked for as JSON, and this is JSON already.
  elementsOf: (json) => sql`json_array_elements(cast(cast(${json} as text) as json))`,
  // An array, as with a subquery PostgreSQL reads the whole table until it has statistics of it.
  isAmong: (column, texts) => sql`${sql.ref(column)} = any(array(${texts}))`,
}

const SCHEMA = 'trivet'
const CHANNEL = 'trivet_revision'
/** Taken while tables are made: `Trvt` in ASCII. */
const MIGRATION_LOCK = 0x54727674

class PostgresEngine implements Engine {
  readonly name = 'postgres'
  readonly dialect = dialect
  /** Notifications come at once; this is for a connection that died without a sign. */
  readonly pollMs = 10_000
  readonly place: string
  readonly db: Kysely<Schema>
  readonly #pools: PostgresPools

  constructor(pools: PostgresPools) {
    this.#pools = pools
    this.place = pools.place
    this.db = new Kysely<Schema>({ dialect: postgresDialect(pools) }).withSchema(SCHEMA)
  }

  async write<T>(work: Work<T>, durability: Durability): Promise<T> {
    let isDone = false
    try {
      return await this.db.transaction().execute(async (transaction) => {
        if (durability === 'relaxed') {
          await sql`set local synchronous_commit = off`.execute(transaction)
        }
        const result = await work(transaction)
        isDone = true
        return result
      })
    } catch (error) {
      throw isDone ? this.#explainLostCommit(error) : error
    }
  }

  /** The row that every change writes in the end. */
  async lock(transaction: Kysely<Schema>): Promise<void> {
    await transaction.selectFrom('state').select('id').forUpdate().execute()
  }

  async announce(transaction: Kysely<Schema>, revision: number): Promise<void> {
    await sql`select pg_notify(${CHANNEL}, ${String(revision)})`.execute(transaction)
  }

  /** postgres.js connects again by itself, and says so. */
  async listen(listener: EngineListener): Promise<void> {
    await this.#pools.readers.listen(
      CHANNEL,
      (payload) => listener.revision(Number(payload)),
      () => listener.mayHaveMissed(),
    )
  }

  async hasTables(db: Kysely<Schema>): Promise<boolean> {
    const found = await sql<{ table: string | null }>`
      select to_regclass(${`${SCHEMA}.state`})::text as "table"`.execute(db)
    return found.rows[0]?.table != null
  }

  async prepareTables(transaction: Kysely<Schema>): Promise<void> {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(transaction)
    await sql`create schema if not exists ${sql.ref(SCHEMA)}`.execute(transaction)
  }

  explain(failure: unknown): unknown {
    return explainPostgres(failure, this.place)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pools[Symbol.asyncDispose]()
  }

  /** The answer to `commit` did not come: nobody can say whether it was made. */
  #explainLostCommit(error: unknown): unknown {
    const known = this.explain(error)
    if (!(known instanceof Error) || !('code' in known) || known.code !== 'UNREACHABLE')
      return error
    known.message += '; it may have been saved all the same'
    return known
  }
}
