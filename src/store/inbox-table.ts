import type { Kysely } from 'kysely'
import type { Gate } from './gate.ts'
import { storableText } from './rows.ts'
import type { Schema } from './schema.ts'
import type { InboxEntry, InboxSighting, InboxTable } from './store.ts'

/** @param entriesMax - Beyond these, those that were seen longest ago leave. */
export function inboxTable(gate: Gate, entriesMax: number): InboxTable {
  return {
    seen: (sighting) =>
      gate.write(async (db) => {
        const count = await enter(db, sighting)
        if (count === 1) await letOldestGo(db, entriesMax)
      }, 'relaxed'),
    list: ({ limit }) =>
      gate.read(async (db) => {
        const rows = await db
          .selectFrom('inbox')
          .selectAll()
          .orderBy('at', 'desc')
          .orderBy('key')
          .limit(limit)
          .execute()
        return rows.map(({ first_at: firstAt, guess, ...row }) => ({
          ...row,
          firstAt,
          guess: JSON.parse(guess) as InboxEntry['guess'],
        }))
      }),
    remove: (key) =>
      gate.write(async (db) => {
        const result = await db
          .deleteFrom('inbox')
          .where('key', '=', storableText(key))
          .executeTakeFirst()
        return result.numDeletedRows > 0n
      }, 'relaxed'),
  }
}

/** @returns How often it has been seen. */
async function enter(db: Kysely<Schema>, sighting: InboxSighting): Promise<number> {
  const { at, guess } = sighting
  const key = storableText(sighting.key)
  const address = storableText(sighting.address)
  const path = storableText(sighting.path)
  const { count } = await db
    .insertInto('inbox')
    .values({ key, at, first_at: at, count: 1, address, path, guess: JSON.stringify(guess) })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((row) => ({
        at: row.ref('excluded.at'),
        count: row('inbox.count', '+', 1),
        address: row.ref('excluded.address'),
        path: row.ref('excluded.path'),
        guess: row.ref('excluded.guess'),
      })),
    )
    .returning('count')
    .executeTakeFirstOrThrow()
  return count
}

async function letOldestGo(db: Kysely<Schema>, entriesMax: number): Promise<void> {
  const beyond = db
    .selectFrom('inbox')
    .select('key')
    .orderBy('at', 'desc')
    .orderBy('key')
    // There are more than a few only after the limit was lowered; those leave by and by.
    .limit(1000)
    .offset(entriesMax)
  await db.deleteFrom('inbox').where('key', 'in', beyond).execute()
}
