import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Dialect } from './engine.ts'

/** What a cell may hold. */
export type Cell = string | number | null

export type Row = readonly Cell[]

/** Rows of one statement: keeps each short enough that others get their turn between them. */
const ROWS_MAX = 2000
/** Characters of one statement's rows, as JSON; a single row may have more. */
const CHARACTERS_MAX = 1_000_000

/**
 * Cuts rows into statements' worth, each as a list in JSON.
 *
 * One parameter carries all rows of a statement: that is as fast as single prepared inserts in
 * SQLite, some 20 times as fast in PostgreSQL, and no limit on parameters is met.
 */
export function* jsonBatches(rows: Iterable<Row>): Generator<string> {
  let batch: string[] = []
  let characters = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    if (
      batch.length === ROWS_MAX ||
      (batch.length > 0 && characters + text.length > CHARACTERS_MAX)
    ) {
      yield `[${batch.join(',')}]`
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield `[${batch.join(',')}]`
}

/** `select` of the rows in a batch; the types are those of the columns. */
export function selectRows(
  dialect: Dialect,
  json: string,
  types: readonly ('text' | 'bigint')[],
): RawBuilder<unknown> {
  const cells = types.map(
    (type, index) => sql`cast(t.value->>${sql.lit(index)} as ${sql.raw(type)})`,
  )
  // Without `where`, SQLite takes a following `on conflict` for a join.
  return sql`select ${sql.join(cells)} from ${dialect.elementsOf(json)} as t where true`
}

/** Whether a column is the first cell of a row in the batch. */
export function isAmongRows(dialect: Dialect, column: string, json: string): RawBuilder<SqlBool> {
  return dialect.isAmong(column, selectRows(dialect, json, ['text']))
}

/**
 * Text as both engines take it: PostgreSQL knows no NUL, and neither knows half a surrogate pair.
 * Both become U+FFFD.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
