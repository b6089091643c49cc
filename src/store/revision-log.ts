import type { Kysely } from 'kysely'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import {
  type Edit,
  type Revision,
  type RevisionQuery,
  type RevisionWithEdits,
  type Snapshot,
  type Stored,
  StoreError,
} from './store.ts'

/** The number of the latest revision; 0 before the first. */
export async function currentRevision(engine: Engine, db: Kysely<Schema>): Promise<number> {
  const state = await db.selectFrom('state').select('revision').executeTakeFirst()
  if (state !== undefined) return state.revision
  throw new StoreError('DAMAGED', `Cannot read ${engine.place}: its revision is not recorded`)
}

/**
 * Everything as of one revision. One statement, because each statement sees one consistent state:
 * on both engines that is cheaper and simpler than a transaction.
 */
export async function readSnapshot(db: Kysely<Schema>): Promise<Snapshot> {
  const rows = await db
    .selectFrom('record')
    .select(['kind', 'key', 'revision', 'body'])
    .unionAll((eb) =>
      eb
        .selectFrom('state')
        .select((state) => [
          state.cast<Schema['record']['kind']>(state.val('state'), 'text').as('kind'),
          state.cast<string>(state.val(''), 'text').as('key'),
          'revision',
          state.cast<string>(state.val(''), 'text').as('body'),
        ]),
    )
    .orderBy('kind')
    .orderBy('key')
    .execute()
  const devices: Stored<Device>[] = []
  const classes: Stored<DeviceClass>[] = []
  let latest = 0
  for (const { kind, revision, body } of rows) {
    if (kind === 'device') devices.push({ record: JSON.parse(body) as Device, revision })
    else if (kind === 'class') classes.push({ record: JSON.parse(body) as DeviceClass, revision })
    else latest = revision
  }
  return { revision: latest, devices, classes }
}

/** Revisions with their edits, the oldest first; those after a number, or the one of a number. */
export async function readRevisions(
  db: Kysely<Schema>,
  which: { readonly after: number } | { readonly number: number },
): Promise<readonly RevisionWithEdits[]> {
  const [operator, number] =
    'after' in which ? (['>', which.after] as const) : (['=', which.number] as const)
  const rows = await db
    .selectFrom('revision')
    .leftJoin('edit', 'edit.revision', 'revision.number')
    .selectAll('revision')
    .select(['edit.kind', 'edit.key', 'edit.before', 'edit.after'])
    .where('revision.number', operator, number)
    .orderBy('revision.number')
    .orderBy('edit.position')
    .execute()
  const revisions: (Revision & { readonly edits: Edit[] })[] = []
  for (const row of rows) {
    if (revisions.at(-1)?.number !== row.number) revisions.push({ ...revisionOf(row), edits: [] })
    const { kind, key, before, after } = row
    if (kind !== null && key !== null) {
      revisions.at(-1)?.edits.push(editOf({ kind, key, before, after }))
    }
  }
  return revisions
}

/** @see Store.revisions */
export async function listRevisions(
  db: Kysely<Schema>,
  { limit, before, record }: RevisionQuery,
): Promise<readonly Revision[]> {
  let query = db.selectFrom('revision').selectAll().orderBy('number', 'desc').limit(limit)
  if (before !== undefined) query = query.where('number', '<', before)
  if (record !== undefined) {
    query = query.where('number', 'in', (numbers) =>
      numbers
        .selectFrom('edit')
        .select('edit.revision')
        .where('edit.kind', '=', record.kind)
        .where('edit.key', '=', record.key),
    )
  }
  return (await query.execute()).map(revisionOf)
}

function revisionOf(row: Schema['revision']): Revision {
  const { number, at, who, why, edit_count: editCount } = row
  return { number, at, who, why, editCount }
}

function editOf(row: Pick<Schema['edit'], 'kind' | 'key' | 'before' | 'after'>): Edit {
  const parse = (body: string | null): unknown => (body === null ? undefined : JSON.parse(body))
  const { kind, key } = row
  return { kind, key, before: parse(row.before), after: parse(row.after) } as Edit
}
