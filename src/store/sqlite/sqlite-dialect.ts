import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Durability } from '../engine.ts'
import type { Bursts } from './bursts.ts'
import { retryWhileBusy, type SqliteFile } from './sqlite-file.ts'
import type { SqliteHandle } from './sqlite-handle.ts'
import type { Turns } from '../turns.ts'

export interface SqliteDialectOptions {
  readonly file: SqliteFile
  /** Transactions of this process, one after another. */
  readonly turns: Turns
  readonly bursts: Bursts
  readonly durability: Durability
}

/** Kysely upon `node:sqlite`: transactions on the file's writer, all else on its reader. */
export function sqliteDialect(options: SqliteDialectOptions): Dialect {
  return {
    createAdapter: () => new ConcurrentAdapter(),
    createDriver: () => new SqliteDriver(options),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Reads need not wait for a transaction. */
class ConcurrentAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class SqliteDriver implements Driver {
  readonly #options: SqliteDialectOptions

  constructor(options: SqliteDialectOptions) {
    this.#options = options
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#options)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as SqliteConnection).begin()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    ;(connection as SqliteConnection).end('commit')
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    ;(connection as SqliteConnection).end('rollback')
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ;(connection as SqliteConnection).release()
  }

  /** The file is closed by who opened it. */
  async destroy(): Promise<void> {}
}

class SqliteConnection implements DatabaseConnection {
  readonly #options: SqliteDialectOptions
  #handle: SqliteHandle
  #endTurn: (() => void) | undefined

  constructor(options: SqliteDialectOptions) {
    this.#options = options
    this.#handle = options.file.reader
  }

  /** Takes the lock at once: a transaction that reads first and then writes might have to fail. */
  async begin(): Promise<void> {
    const { file, turns, durability } = this.#options
    this.#endTurn = await turns.take()
    const { writer } = file
    writer.exec(`pragma synchronous = ${durability === 'durable' ? 'full' : 'normal'}`)
    await retryWhileBusy(() => writer.exec('begin immediate'))
    this.#handle = writer
  }

  /** After some failures, a full disk among them, SQLite has rolled back already. */
  end(how: 'commit' | 'rollback'): void {
    if (how === 'commit' || this.#handle.isTransaction) this.#handle.exec(how)
  }

  release(): void {
    this.#endTurn?.()
    this.#endTurn = undefined
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changeCount } = await this.#options.bursts.run(() =>
      this.#handle.run(query.sql, query.parameters),
    )
    return { rows: rows as R[], numAffectedRows: BigInt(changeCount) }
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new TypeError('The store streams no queries')
  }
}
