import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Gate } from './gate.ts'
import { jsonBatches, type Row, selectRows, storableText } from './rows.ts'
import type { Schema } from './schema.ts'
import type { Delivery, DeliveryTable } from './store.ts'

export function deliveryTable(gate: Gate): DeliveryTable {
  return {
    async record(deliveries) {
      if (deliveries.length === 0) return
      await gate.write((db) => recordDeliveries(gate, db, deliveries), 'relaxed')
    },
    list: ({ device, limit }) =>
      gate.read(async (db) => {
        let query = db
          .selectFrom('delivery')
          .selectAll()
          .orderBy('asked_at', 'desc')
          .orderBy('device')
          .orderBy('path')
          .limit(limit)
        if (device !== undefined) query = query.where('device', '=', storableText(device))
        return (await query.execute()).map(deliveryOf)
      }),
    prune: ({ olderThan, keepMax }) =>
      gate.write(async (db) => {
        const old = await db
          .deleteFrom('delivery')
          .where('asked_at', '<', olderThan)
          .executeTakeFirst()
        const beyond = await db
          .deleteFrom('delivery')
          .where((eb) =>
            eb(
              eb.refTuple('device', 'path_hash'),
              'in',
              eb
                .selectFrom('delivery')
                .select(['device', 'path_hash'])
                .orderBy('asked_at', 'desc')
                .orderBy('device')
                .orderBy('path_hash')
                .limit(Number.MAX_SAFE_INTEGER)
                .offset(keepMax)
                .$asTuple('device', 'path_hash'),
            ),
          )
          .executeTakeFirst()
        return Number(old.numDeletedRows + beyond.numDeletedRows)
      }, 'relaxed'),
  }
}

const columns = [
  'device',
  'path_hash',
  'path',
  'asked_at',
  'delivered_at',
  'front',
  'address',
  'bytes',
  'hash',
] as const

const types = [
  'text',
  'text',
  'text',
  'bigint',
  'bigint',
  'text',
  'text',
  'bigint',
  'text',
] as const

async function recordDeliveries(
  gate: Gate,
  db: Kysely<Schema>,
  deliveries: readonly Delivery[],
): Promise<void> {
  for (const json of jsonBatches(deliveryRows(deliveries))) {
    await db
      .insertInto('delivery')
      .columns(columns)
      .expression(selectRows(gate.engine.dialect, json, types))
      .onConflict((conflict) =>
        conflict.columns(['device', 'path_hash']).doUpdateSet((row) => {
          /** A delivery that was not complete does not undo the one before. */
          const latest = <const T extends 'front' | 'address' | 'bytes' | 'hash' | 'delivered_at'>(
            column: T,
          ) =>
            row
              .case()
              .when('excluded.delivered_at', 'is', null)
              .then(row.ref(`delivery.${column}`))
              .when('excluded.delivered_at', '<', row.ref('delivery.delivered_at'))
              .then(row.ref(`delivery.${column}`))
              .else(row.ref(`excluded.${column}`))
              .end()
          return {
            asked_at: row
              .case()
              .when('excluded.asked_at', '>', row.ref('delivery.asked_at'))
              .then(row.ref('excluded.asked_at'))
              .else(row.ref('delivery.asked_at'))
              .end(),
            delivered_at: latest('delivered_at'),
            front: latest('front'),
            address: latest('address'),
            bytes: latest('bytes'),
            hash: latest('hash'),
          }
        }),
      )
      .execute()
  }
}

/**
 * One row for each device and path, as no statement may meet a row twice; sorted, so that two
 * servers that write the same rows never wait for each other.
 */
function deliveryRows(deliveries: readonly Delivery[]): readonly Row[] {
  const merged = new Map<string, Delivery>()
  for (const delivery of deliveries) {
    const key = JSON.stringify([storableText(delivery.device), storableText(delivery.path)])
    merged.set(key, latestOf(merged.get(key), delivery))
  }
  return [...merged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { device, path, askedAt, delivered }]) => {
      const text = storableText(path)
      const hash = createHash('sha256').update(text).digest('base64url')
      const { at, front, address, bytes } = delivered ?? {}
      const rest = [at ?? null, front ?? null, address ?? null, bytes ?? null]
      return [storableText(device), hash, text, askedAt, ...rest, delivered?.hash ?? null]
    })
}

function latestOf(first: Delivery | undefined, second: Delivery): Delivery {
  if (first === undefined) return second
  const delivered =
    (second.delivered?.at ?? -Infinity) >= (first.delivered?.at ?? -Infinity)
      ? (second.delivered ?? first.delivered)
      : first.delivered
  const askedAt = Math.max(first.askedAt, second.askedAt)
  return { device: second.device, path: second.path, askedAt, ...(delivered && { delivered }) }
}

function deliveryOf(row: Schema['delivery']): Delivery {
  const { device, path, asked_at: askedAt, delivered_at: at, front, address, bytes, hash } = row
  const isComplete =
    at !== null && front !== null && address !== null && bytes !== null && hash !== null
  if (!isComplete) return { device, path, askedAt }
  return { device, path, askedAt, delivered: { at, front, address, bytes, hash } }
}
