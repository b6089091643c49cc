import type { Gate } from './gate.ts'
import { storableText } from './rows.ts'
import type { TokenTable } from './store.ts'

export function tokenTable(gate: Gate): TokenTable {
  return {
    add: ({ id, label, role, hash, createdAt }) =>
      gate.write(async (db) => {
        await db
          .insertInto('token')
          .values({ id, label: storableText(label), role, hash, created_at: createdAt })
          .execute()
      }, 'durable'),
    list: () =>
      gate.read(async (db) => {
        const rows = await db.selectFrom('token').selectAll().orderBy('id').execute()
        return rows.map(({ created_at: createdAt, ...row }) => ({ ...row, createdAt }))
      }),
    remove: (id) =>
      gate.write(async (db) => {
        const result = await db.deleteFrom('token').where('id', '=', id).executeTakeFirst()
        return result.numDeletedRows > 0n
      }, 'durable'),
  }
}
