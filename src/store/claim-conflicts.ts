import type { Kysely } from 'kysely'
import { type Claim, claimLabels } from './device-claims.ts'
import type { Dialect } from './engine.ts'
import { listed } from './listed.ts'
import { isAmongRows, jsonBatches, type Row } from './rows.ts'
import type { Schema } from './schema.ts'
import { StoreError } from './store.ts'

interface ClaimsInQuestion {
  readonly db: Kysely<Schema>
  readonly dialect: Dialect
  readonly claims: readonly Claim[]
}

/** Says which claims belong to others, after those that were free have been written. */
export async function claimConflicts(question: ClaimsInQuestion): Promise<StoreError> {
  const holders = await holdersOf(question)
  const conflicts = question.claims.flatMap((claim) => {
    const holder = holders.get(`${claim.kind} ${claim.value}`)
    return holder === undefined || holder === claim.device ? [] : [{ claim, holder }]
  })
  const text = await listed(conflicts, ({ claim, holder }) => {
    const what = `${claimLabels[claim.kind]} "${claim.value}"`
    return `${what} of device "${claim.device}" belongs to device "${holder}"`
  })
  return new StoreError('DUPLICATE', `Cannot save: ${text}`)
}

const kinds = Object.keys(claimLabels) as Claim['kind'][]

async function holdersOf({ db, dialect, claims }: ClaimsInQuestion): Promise<Map<string, string>> {
  const holders = new Map<string, string>()
  for (const json of jsonBatches(claims.map(({ value }): Row => [value]))) {
    const rows = await db
      .selectFrom('identifier')
      .selectAll()
      // All kinds there are: the index begins with them.
      .where('kind', 'in', kinds)
      .where(isAmongRows(dialect, 'value', json))
      .execute()
    for (const { kind, value, device } of rows) holders.set(`${kind} ${value}`, device)
  }
  return holders
}
