import type { Gate } from './gate.ts'
import type { EnrolmentTable } from './store.ts'

export function enrolmentTable(gate: Gate): EnrolmentTable {
  return {
    put: (device, until) =>
      gate.write(async (db) => {
        await db
          .insertInto('enrolment')
          .values({ device, until })
          .onConflict((conflict) => conflict.column('device').doUpdateSet({ until }))
          .execute()
      }, 'durable'),
    list: () =>
      gate.read((db) => db.selectFrom('enrolment').selectAll().orderBy('device').execute()),
    remove: (device) =>
      gate.write(async (db) => {
        const result = await db
          .deleteFrom('enrolment')
          .where('device', '=', device)
          .executeTakeFirst()
        return result.numDeletedRows > 0n
      }, 'durable'),
  }
}
