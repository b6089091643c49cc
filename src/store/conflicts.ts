import type { Kysely } from 'kysely'
import { listed } from './listed.ts'
import type { Schema } from './schema.ts'
import { type Change, type Edit, StoreError } from './store.ts'

/** An edit, and what it finds. */
export interface EditWithBefore {
  readonly edit: Edit
  /** Undefined when there is no such record now. */
  readonly current: Pick<Schema['record'], 'revision' | 'body'> | undefined
}

/** Why one edit cannot be made. */
export interface Conflict {
  readonly edit: Edit | undefined
  readonly found: 'changed' | 'exists' | 'gone' | 'future'
  /** That changed the record, or the latest of the store. */
  readonly revision: number
}

interface Revisions {
  readonly seen: number | undefined
  readonly latest: number
}

/** Edits of records that are not as their author saw them. */
export function conflictsOf(
  edits: readonly EditWithBefore[],
  { seen, latest }: Revisions,
): readonly Conflict[] {
  if (seen === undefined) return []
  // A database that was restored from an old copy: whatever its numbers say was said of another.
  if (seen > latest) return [{ edit: undefined, found: 'future', revision: latest }]
  return edits.flatMap(({ edit, current }): Conflict[] => {
    if (current === undefined) {
      return edit.before === undefined ? [] : [{ edit, found: 'gone', revision: latest }]
    }
    const { revision } = current
    if (revision > seen) return [{ edit, found: 'changed', revision }]
    return edit.before === undefined ? [{ edit, found: 'exists', revision }] : []
  })
}

/** Says who was faster. */
export async function conflictError(
  db: Kysely<Schema>,
  conflicts: readonly Conflict[],
  change: Change,
): Promise<StoreError> {
  const texts = await listed(conflicts, (conflict) => describe(db, conflict))
  const seen = `the change was made on revision ${change.seenRevision}`
  return new StoreError('CONFLICT', `Cannot save: ${texts}; ${seen}`)
}

async function describe(db: Kysely<Schema>, { edit, found, revision }: Conflict): Promise<string> {
  if (edit === undefined) return `the store is at revision ${revision}`
  const record = `${edit.kind} "${edit.key}"`
  if (found === 'exists') return `${record} exists since revision ${revision}`
  const by = await db
    .selectFrom('edit')
    .innerJoin('revision', 'revision.number', 'edit.revision')
    .select(['revision.number', 'revision.who'])
    .where('edit.kind', '=', edit.kind)
    .where('edit.key', '=', edit.key)
    .orderBy('edit.revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  const did = found === 'gone' ? 'removed' : 'changed'
  if (by === undefined) return `${record} is not there`
  return `${record} was ${did} by "${by.who}" in revision ${by.number}`
}
