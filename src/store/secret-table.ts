import type { Gate } from './gate.ts'
import type { Schema } from './schema.ts'
import type { EncryptedSecret, SecretTable } from './store.ts'

export function secretTable(gate: Gate): SecretTable {
  return {
    put: (secret) =>
      gate.writeAlone(async (db) => {
        await db
          .insertInto('secret')
          .values(rowOf(secret))
          .onConflict((conflict) =>
            conflict.column('name').doUpdateSet((row) => ({
              key_id: row.ref('excluded.key_id'),
              nonce: row.ref('excluded.nonce'),
              ciphertext: row.ref('excluded.ciphertext'),
              at: row.ref('excluded.at'),
            })),
          )
          .execute()
      }),
    get: (name) =>
      gate.read(async (db) => {
        const row = await db
          .selectFrom('secret')
          .selectAll()
          .where('name', '=', name)
          .executeTakeFirst()
        return row && secretOf(row)
      }),
    list: () =>
      gate.read(async (db) => {
        const rows = await db.selectFrom('secret').selectAll().orderBy('name').execute()
        return rows.map(secretOf)
      }),
    remove: (name) =>
      gate.writeAlone(async (db) => {
        const result = await db.deleteFrom('secret').where('name', '=', name).executeTakeFirst()
        return result.numDeletedRows > 0n
      }),
    replaceAll: (secrets) =>
      gate.writeAlone(async (db) => {
        await db.deleteFrom('secret').execute()
        for (const secret of secrets) await db.insertInto('secret').values(rowOf(secret)).execute()
      }),
  }
}

function rowOf({ name, keyId, nonce, ciphertext, at }: EncryptedSecret): Schema['secret'] {
  return { name, key_id: keyId, nonce, ciphertext, at }
}

/** Plain bytes, whatever class the driver gives. */
function secretOf({
  name,
  key_id: keyId,
  nonce,
  ciphertext,
  at,
}: Schema['secret']): EncryptedSecret {
  return { name, keyId, nonce: Uint8Array.from(nonce), ciphertext: Uint8Array.from(ciphertext), at }
}
