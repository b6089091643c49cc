import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'

/** Prepared statements that are kept; the store has some fifty. */
const STATEMENTS_MAX = 100

export interface SqliteRows {
  readonly rows: Record<string, unknown>[]
  /** Rows that were inserted, updated or deleted. */
  readonly changeCount: number | bigint
}

/** One connection to a database file, with its prepared statements. */
export class SqliteHandle implements Disposable {
  readonly #database: DatabaseSync
  readonly #statements = new LRUCache<string, StatementSync>({ max: STATEMENTS_MAX })

  /** @param options.busyMs - How long a statement may wait for another process, in ms. */
  constructor(file: string, options: { readonly busyMs: number }) {
    this.#database = new DatabaseSync(file, {
      timeout: options.busyMs,
      enableDoubleQuotedStringLiterals: false,
    })
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  run(sql: string, parameters: readonly unknown[] = []): SqliteRows {
    const statement = this.#statement(sql)
    const values = parameters as SQLInputValue[]
    if (statement.columns().length > 0) return { rows: statement.all(...values), changeCount: 0 }
    return { rows: [], changeCount: statement.run(...values).changes }
  }

  /** The one value of a statement with one row and one column. */
  value(sql: string): unknown {
    return Object.values(this.run(sql).rows[0] ?? {})[0]
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
