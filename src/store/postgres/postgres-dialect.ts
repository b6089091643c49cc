import { setTimeout } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { ISql, PendingQuery, Row, TransactionSql } from 'postgres'
import { isConnectionLost } from './postgres-error.ts'
import type { PostgresPools } from './postgres-pools.ts'

/** Waits before what was lost with its connection is tried again, in ms. */
const RETRY_WAITS_MS = [0, 20, 100]

/**
 * Kysely upon postgres.js: transactions on the writer, all else on the readers.
 *
 * Not `kysely-postgres-js`, which reserves connections: when one breaks, postgres.js (3.4) may give
 * it to somebody else, so that the rest of a transaction runs outside of it, and who waits for a
 * connection meanwhile may wait for ever.
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
    await (connection as PoolsConnection).commit()
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

/** A transaction that was begun. */
interface Begun {
  readonly sql: TransactionSql
  /** How often the connection had ended before. */
  readonly breakCount: number
  /** Commits when it is resolved, rolls back when it is rejected. */
  readonly verdict: PromiseWithResolvers<void>
  /** Settled once the server has done so, or the connection is gone. */
  readonly done: Promise<unknown>
}

class PoolsConnection implements DatabaseConnection {
  readonly #pools: PostgresPools
  #endTurn: (() => void) | undefined
  #begun: Begun | undefined

  constructor(pools: PostgresPools) {
    this.#pools = pools
  }

  async begin(): Promise<void> {
    this.#endTurn = await this.#pools.turns.take()
    this.#begun = await retryLost(() => this.#begin())
  }

  async #begin(): Promise<Begun> {
    const verdict = Promise.withResolvers<void>()
    const scope = Promise.withResolvers<TransactionSql>()
    const done = this.#pools.writer.begin(async (sql) => {
      scope.resolve(sql)
      await verdict.promise
    })
    done.catch(scope.reject)
    const sql = await scope.promise
    return { sql, breakCount: this.#pools.writerBreakCount(), verdict, done }
  }

  async commit(): Promise<void> {
    if (this.#isBroken()) throw new BrokenConnectionError()
    this.#begun?.verdict.resolve()
    await this.#begun?.done
  }

  /** A connection that broke has taken its transaction with it, and may be another's by now. */
  async rollback(): Promise<void> {
    if (this.#begun === undefined || this.#isBroken()) return
    this.#begun.verdict.reject(new RollbackWanted())
    await this.#begun.done.catch(() => {})
  }

  release(): void {
    this.#begun = undefined
    this.#endTurn?.()
    this.#endTurn = undefined
  }

  /** Outside of a transaction there are only reads, which may be tried twice. */
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const run = (): PendingQuery<Row[]> =>
      this.#sql().unsafe(sql, [...parameters] as never[], { prepare: true })
    const rows = await (this.#begun === undefined ? retryLost(run) : run())
    // Null for `begin` and its like, whatever the types say.
    const count = rows.count as number | null
    return { rows: [...rows] as unknown as R[], numAffectedRows: BigInt(count ?? 0) }
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new TypeError('The store streams no queries')
  }

  #sql(): ISql {
    if (this.#begun === undefined) return this.#pools.readers
    if (this.#isBroken()) throw new BrokenConnectionError()
    return this.#begun.sql
  }

  #isBroken(): boolean {
    return this.#begun !== undefined && this.#begun.breakCount !== this.#pools.writerBreakCount()
  }
}

/**
 * Tries again when the connection was lost: after a restart of the server, postgres.js (3.4) lets
 * the first query of each old connection fail, though it has connected again; and one that is sent
 * while a connection ends fails with it.
 */
async function retryLost<T>(work: () => PromiseLike<T>): Promise<T> {
  for (const waitMs of RETRY_WAITS_MS) {
    try {
      return await work()
    } catch (error) {
      if (!isConnectionLost(error)) throw error
      await setTimeout(waitMs)
    }
  }
  return await work()
}

/** A transaction's connection is gone, and the transaction with it. */
class BrokenConnectionError extends Error {
  readonly code = 'CONNECTION_CLOSED'

  constructor() {
    super('the connection broke during the transaction')
    this.name = 'BrokenConnectionError'
  }
}

/** With which postgres.js is told to roll back; nobody else sees it. */
class RollbackWanted extends Error {}
