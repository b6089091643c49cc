import { type Kysely, sql } from 'kysely'
import type { Dialect, Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import { StoreError } from './store.ts'

/**
 * Brings a database to the format that this program knows, in one transaction.
 *
 * @throws {StoreError} `TOO_NEW`, `DAMAGED` when the table that holds the format is not as it was
 *   made.
 */
export async function migrate(engine: Engine): Promise<void> {
  if ((await formatOf(engine, engine.db)) === migrations.length) return
  await engine.write(async (transaction) => {
    await engine.prepareTables(transaction)
    const format = await formatOf(engine, transaction)
    for (const migration of migrations.slice(format)) await migration(transaction, engine.dialect)
    await transaction.updateTable('state').set({ format: migrations.length }).execute()
  }, 'durable')
}

/** How many migrations the database has had. */
async function formatOf(engine: Engine, db: Kysely<Schema>): Promise<number> {
  if (!(await engine.hasTables(db))) return 0
  const state = await db.selectFrom('state').select('format').executeTakeFirst()
  if (state === undefined || !(state.format >= 1)) {
    throw new StoreError('DAMAGED', `Cannot open ${engine.place}: its format is not recorded`)
  }
  if (state.format <= migrations.length) return state.format
  throw new StoreError(
    'TOO_NEW',
    `Cannot open ${engine.place}: its format is ${state.format}, and this version of Trivet ` +
      `knows formats up to ${migrations.length}`,
  )
}

type Migration = (db: Kysely<Schema>, dialect: Dialect) => Promise<void>

/** In order. One that was released never changes: databases out there have had it. */
const migrations: readonly Migration[] = [
  async (db, dialect) => {
    await createInventory(db, dialect)
    await createWhatDevicesDid(db, dialect)
    await createAccess(db, dialect)
    await db.insertInto('state').values({ id: 1, format: 0, revision: 0 }).execute()
  },
]

async function createInventory(db: Kysely<Schema>, { keyType }: Dialect): Promise<void> {
  await db.schema
    .createTable('state')
    .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('format', 'integer', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('record')
    .addColumn('kind', keyType, (column) => column.notNull())
    .addColumn('key', keyType, (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('record_primary', ['kind', 'key'])
    .execute()
  await db.schema
    .createTable('identifier')
    .addColumn('kind', keyType, (column) => column.notNull())
    .addColumn('value', keyType, (column) => column.notNull())
    .addColumn('device', keyType, (column) => column.notNull())
    .addPrimaryKeyConstraint('identifier_primary', ['kind', 'value'])
    .execute()
  await db.schema.createIndex('identifier_by_device').on('identifier').column('device').execute()
  await createRevisions(db, keyType)
}

async function createRevisions(db: Kysely<Schema>, keyType: Dialect['keyType']): Promise<void> {
  await db.schema
    .createTable('revision')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('why', 'text', (column) => column.notNull())
    .addColumn('edit_count', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('edit')
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('kind', keyType, (column) => column.notNull())
    .addColumn('key', keyType, (column) => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addPrimaryKeyConstraint('edit_primary', ['revision', 'position'])
    .execute()
  await db.schema
    .createIndex('edit_by_record')
    .on('edit')
    .columns(['kind', 'key', 'revision'])
    .execute()
}

async function createWhatDevicesDid(db: Kysely<Schema>, { keyType }: Dialect): Promise<void> {
  await db.schema
    .createTable('inbox')
    .addColumn('key', keyType, (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('guess', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('inbox_by_time').on('inbox').columns(['at', 'key']).execute()
  await db.schema
    .createTable('delivery')
    .addColumn('device', keyType, (column) => column.notNull())
    .addColumn('path_hash', keyType, (column) => column.notNull())
    .addColumn('path', keyType, (column) => column.notNull())
    .addColumn('asked_at', 'bigint', (column) => column.notNull())
    .addColumn('delivered_at', 'bigint')
    .addColumn('front', 'text')
    .addColumn('address', 'text')
    .addColumn('bytes', 'bigint')
    .addColumn('hash', 'text')
    .addPrimaryKeyConstraint('delivery_primary', ['device', 'path_hash'])
    .execute()
  await db.schema.createIndex('delivery_by_time').on('delivery').column('asked_at').execute()
}

async function createAccess(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const { keyType, bytesType } = dialect
  await db.schema
    .createTable('secret')
    .addColumn('name', keyType, (column) => column.primaryKey())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('nonce', bytesType, (column) => column.notNull())
    .addColumn('ciphertext', bytesType, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('enrolment')
    .addColumn('device', keyType, (column) => column.primaryKey())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('token')
    .addColumn('id', keyType, (column) => column.primaryKey())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('hash', keyType, (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
}
