import type { Kysely } from 'kysely'
import { claimConflicts } from './claim-conflicts.ts'
import { conflictsOf, conflictError, type EditWithBefore } from './conflicts.ts'
import { type Claim, claimsOf } from './device-claims.ts'
import type { Engine } from './engine.ts'
import { currentRevision } from './revision-log.ts'
import { isAmongRows, jsonBatches, type Row, selectRows, storableText } from './rows.ts'
import type { Schema } from './schema.ts'
import type { Change, Edit, Revision } from './store.ts'

/**
 * Makes a change inside a transaction.
 *
 * @throws {StoreError} `CONFLICT`, `DUPLICATE`: the transaction has to be rolled back.
 */
export async function applyChange(
  engine: Engine,
  transaction: Kysely<Schema>,
  change: Change,
): Promise<Revision> {
  await engine.lock(transaction)
  const writer = new ChangeWriter(engine, transaction)
  const edits = await writer.withCurrent(change.edits)
  const latest = await currentRevision(engine, transaction)
  const conflicts = conflictsOf(edits, { seen: change.seenRevision, latest })
  if (conflicts.length > 0) throw await conflictError(transaction, conflicts, change)
  const revision = {
    number: latest + 1,
    at: change.at,
    who: storableText(change.who),
    why: storableText(change.why ?? ''),
    // What was not there and shall not be is no edit.
    editCount: edits.filter(isEdit).length,
  }
  await writer.replaceClaims(edits)
  await writer.writeRecords(edits, revision.number)
  await writer.writeRevision(revision, edits.filter(isEdit))
  await engine.announce(transaction, revision.number)
  return revision
}

function isEdit({ edit, current }: EditWithBefore): boolean {
  return current !== undefined || edit.after !== undefined
}

/** The statements of one change. */
class ChangeWriter {
  readonly #engine: Engine
  readonly #transaction: Kysely<Schema>

  constructor(engine: Engine, transaction: Kysely<Schema>) {
    this.#engine = engine
    this.#transaction = transaction
  }

  /** Each edit with the record as it is now. */
  async withCurrent(edits: readonly Edit[]): Promise<readonly EditWithBefore[]> {
    const current = new Map<string, EditWithBefore['current']>()
    for (const kind of ['device', 'class'] as const) {
      for (const json of jsonBatches(keysOf(edits, kind))) {
        const rows = await this.#transaction
          .selectFrom('record')
          .select(['key', 'revision', 'body'])
          .where('kind', '=', kind)
          .where(isAmongRows(this.#engine.dialect, 'key', json))
          .execute()
        for (const row of rows) current.set(`${kind} ${row.key}`, row)
      }
    }
    return edits.map((edit) => ({ edit, current: current.get(`${edit.kind} ${edit.key}`) }))
  }

  /** All old claims go before the new ones come, so that devices may swap theirs. */
  async replaceClaims(edits: readonly EditWithBefore[]): Promise<void> {
    const devices = edits.filter(({ edit }) => edit.kind === 'device')
    const known = devices.filter(({ current }) => current !== undefined)
    for (const json of jsonBatches(known.map(({ edit }) => [edit.key]))) {
      await this.#transaction
        .deleteFrom('identifier')
        .where(isAmongRows(this.#engine.dialect, 'device', json))
        .execute()
    }
    const claims = devices.flatMap(({ edit }) =>
      edit.kind === 'device' && edit.after !== undefined ? claimsOf(edit.after) : [],
    )
    if ((await this.#insertClaims(claims)) === claims.length) return
    throw await claimConflicts({ db: this.#transaction, dialect: this.#engine.dialect, claims })
  }

  /** @returns How many were free. */
  async #insertClaims(claims: readonly Claim[]): Promise<number> {
    const rows = claims.map(({ kind, value, device }): Row => [kind, value, device])
    let count = 0
    for (const json of jsonBatches(rows)) {
      const result = await this.#transaction
        .insertInto('identifier')
        .columns(['kind', 'value', 'device'])
        .expression(selectRows(this.#engine.dialect, json, ['text', 'text', 'text']))
        .onConflict((conflict) => conflict.columns(['kind', 'value']).doNothing())
        .executeTakeFirst()
      count += Number(result.numInsertedOrUpdatedRows)
    }
    return count
  }

  async writeRecords(edits: readonly EditWithBefore[], revision: number): Promise<void> {
    const { dialect } = this.#engine
    for (const kind of ['device', 'class'] as const) {
      const gone = edits.filter(({ edit }) => edit.after === undefined).map(({ edit }) => edit)
      for (const json of jsonBatches(keysOf(gone, kind))) {
        await this.#transaction
          .deleteFrom('record')
          .where('kind', '=', kind)
          .where(isAmongRows(dialect, 'key', json))
          .execute()
      }
    }
    for (const json of jsonBatches(recordRows(edits, revision))) {
      await this.#transaction
        .insertInto('record')
        .columns(['kind', 'key', 'revision', 'body'])
        .expression(selectRows(dialect, json, ['text', 'text', 'bigint', 'text']))
        .onConflict((conflict) =>
          conflict.columns(['kind', 'key']).doUpdateSet((row) => ({
            revision: row.ref('excluded.revision'),
            body: row.ref('excluded.body'),
          })),
        )
        .execute()
    }
  }

  async writeRevision(revision: Revision, edits: readonly EditWithBefore[]): Promise<void> {
    const { number, at, who, why, editCount } = revision
    await this.#transaction
      .insertInto('revision')
      .values({ number, at, who, why, edit_count: editCount })
      .execute()
    for (const json of jsonBatches(editRows(edits, number))) {
      const types = ['bigint', 'bigint', 'text', 'text', 'text', 'text'] as const
      await this.#transaction
        .insertInto('edit')
        .columns(['revision', 'position', 'kind', 'key', 'before', 'after'])
        .expression(selectRows(this.#engine.dialect, json, types))
        .execute()
    }
    await this.#transaction.updateTable('state').set({ revision: number }).execute()
  }
}

function* keysOf(edits: readonly Edit[], kind: Edit['kind']): Generator<Row> {
  for (const edit of edits) if (edit.kind === kind) yield [edit.key]
}

function* recordRows(edits: readonly EditWithBefore[], revision: number): Generator<Row> {
  for (const { edit } of edits) {
    if (edit.after === undefined) continue
    yield [edit.kind, edit.key, revision, JSON.stringify(edit.after)]
  }
}

function* editRows(edits: readonly EditWithBefore[], revision: number): Generator<Row> {
  let position = 0
  for (const { edit, current } of edits) {
    const after = edit.after === undefined ? null : JSON.stringify(edit.after)
    yield [revision, position, edit.kind, edit.key, current?.body ?? null, after]
    position += 1
  }
}

/** Edits of one change. */
const EDITS_MAX = 1_000_000

/**
 * Refuses what no caller may ask for.
 *
 * @throws {RangeError} For too many edits, several of one record, or a record under another's key.
 */
export function checkChange({ edits }: Change): void {
  if (edits.length > EDITS_MAX) {
    throw new RangeError(`Cannot change ${edits.length} records at once: at most ${EDITS_MAX}`)
  }
  const records = new Set<string>()
  for (const { kind, key, after } of edits) {
    const record = `${kind} ${key}`
    if (records.has(record)) throw new RangeError(`Cannot change ${kind} "${key}" twice at once`)
    records.add(record)
    const own = after && ('id' in after ? after.id : after.name)
    if (own !== undefined && own !== key) {
      throw new RangeError(`Cannot save ${kind} "${own}" as "${key}"`)
    }
  }
}
