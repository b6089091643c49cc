import type { Kysely, RawBuilder, SqlBool } from 'kysely'
import type { Schema } from './schema.ts'

/** What the two databases do not have in common. All else is written once, upon this. */
export interface Engine extends AsyncDisposable {
  readonly name: 'sqlite' | 'postgres'
  /** Which database, for messages: a file, or host and port. Never a password. */
  readonly place: string
  /** For single statements, each of which sees one consistent state. */
  readonly db: Kysely<Schema>
  readonly dialect: Dialect
  /** How often the revision is looked at, in ms, in case nobody told of it. */
  readonly pollMs: number
  /** A transaction: all of it or nothing. */
  write<T>(work: Work<T>, durability: Durability): Promise<T>
  /** Makes other writers of revisions and secrets wait until this transaction is over. */
  lock(transaction: Kysely<Schema>): Promise<void>
  /** Tells the other servers of a revision, if the transaction is committed. */
  announce(transaction: Kysely<Schema>, revision: number): Promise<void>
  /** Hears what `announce` told. `mayHaveMissed` is called when some may have gone unheard. */
  listen(listener: EngineListener): Promise<void>
  /** False when the database is new. */
  hasTables(db: Kysely<Schema>): Promise<boolean>
  /** Before the first migration; other servers that would migrate wait. */
  prepareTables(transaction: Kysely<Schema>): Promise<void>
  /** What a failure means: a StoreError when it was to be expected, else the failure itself. */
  explain(failure: unknown): unknown
}

export type Work<T> = (transaction: Kysely<Schema>) => Promise<T>

/**
 * What survives a power failure: `durable` everything that was committed, `relaxed` perhaps not the
 * last second. Both survive the death of the process.
 */
export type Durability = 'durable' | 'relaxed'

export interface EngineListener {
  revision(number: number): void
  mayHaveMissed(): void
}

/** SQL that differs. */
export interface Dialect {
  /** A text that is compared by its bytes, whatever the server's language. */
  readonly keyType: RawBuilder<unknown>
  readonly bytesType: RawBuilder<unknown>
  /** A table `t` with one column `value` for each element of a list in JSON. */
  elementsOf(json: string): RawBuilder<unknown>
  /** Whether a column is one of the texts that a subquery selects, by way of the index. */
  isAmong(column: string, texts: RawBuilder<unknown>): RawBuilder<SqlBool>
}
