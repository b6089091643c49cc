import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { ReservedSql, Sql } from 'postgres'
import type { PostgresPools } from './postgres-pools.ts'

/**
 * Kysely upon postgres.js: transactions on the writer, all else on the readers.
 *
 * Not `kysely-postgres-js`: when a connection breaks during a transaction, postgres.js may hand the
 * reserved one to somebody else, and the rest of the transaction would run outside of it: half a
 * change.
 */
export function postgresDialect(pools: PostgresPools): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PoolsDriver(pools),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

class PoolsDriver implements Driver {
  readonly #pools: PostgresPools

  constructor(pools: PostgresPools) {
    this.#pools = pools
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PoolsConnection> {
    return new PoolsConnection(this.#pools)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PoolsConnection).begin()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PoolsConnection).rollback()
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ;(connection as PoolsConnection).release()
  }

  /** The pools are closed by who opened them. */
  async destroy(): Promise<void> {}
}

class PoolsConnection implements DatabaseConnection {
  readonly #pools: PostgresPools
  #reserved: { readonly sql: ReservedSql; readonly breakCount: number } | undefined

  constructor(pools: PostgresPools) {
    this.#pools = pools
  }

  async begin(): Promise<void> {
    const sql = await this.#pools.writer.reserve()
    this.#reserved = { sql, breakCount: this.#pools.writerBreakCount() }
    await this.executeQuery(CompiledQuery.raw('begin'))
  }

  /** A connection that broke has taken its transaction with it. */
  async rollback(): Promise<void> {
    if (!this.#isBroken()) await this.executeQuery(CompiledQuery.raw('rollback'))
  }

  /** postgres.js takes back a connection that broke by itself; giving it back again would crash. */
  release(): void {
    if (!this.#isBroken()) this.#reserved?.sql.release()
    this.#reserved = undefined
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const rows = await this.#sql().unsafe(sql, [...parameters] as never[], { prepare: true })
    // Null for `begin` and its like, whatever the types say.
    const count = rows.count as number | null
    return { rows: [...rows] as unknown as R[], numAffectedRows: BigInt(count ?? 0) }
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new TypeError('The store streams no queries')
  }

  #sql(): Sql {
    if (this.#reserved === undefined) return this.#pools.readers
    if (!this.#isBroken()) return this.#reserved.sql
    throw new BrokenConnectionError()
  }

  #isBroken(): boolean {
    return (
      this.#reserved !== undefined && this.#reserved.breakCount !== this.#pools.writerBreakCount()
    )
  }
}

/** A transaction's connection is gone, and the transaction with it. */
class BrokenConnectionError extends Error {
  readonly code = 'CONNECTION_CLOSED'

  constructor() {
    super('the connection broke during the transaction')
    this.name = 'BrokenConnectionError'
  }
}
