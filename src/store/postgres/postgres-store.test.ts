import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Kysely, sql } from 'kysely'
import postgres from 'postgres'
import { type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'
import { deviceEdit, deviceOf, type StoreBench } from '../../testing/store-bench.ts'
import { changeOf, storeContract } from '../../testing/store-contract.ts'
import { openStore } from '../open-store.ts'
import { type Store, StoreError } from '../store.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { explainPostgres } from './postgres-error.ts'
import { postgresPools } from './postgres-pools.ts'

const LIMIT = { timeout: 30_000 }

let started: PostgresServer | undefined
let url = ''

before(async () => {
  started = await startPostgres()
  url = await started.createDatabase('store')
})
after(async () => {
  await started?.[Symbol.asyncDispose]()
})

function server(): PostgresServer {
  if (started === undefined) throw new TypeError('There is no server')
  return started
}

/** The same database for each test, emptied: making one takes 100 ms. */
async function makeBench(): Promise<StoreBench> {
  await using other = connect()
  await other`drop schema if exists trivet cascade`
  const openOptions = { url, stateFolder: '/nowhere' }
  return {
    openOptions,
    open: (limits) => openStore({ ...openOptions, ...limits }),
    async [Symbol.asyncDispose]() {},
  }
}

/** A connection as any other program has it. */
function connect(): postgres.Sql & AsyncDisposable {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** Waits for what has no event of its own. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await setTimeout(2)
}

function heardBy(store: Store): Promise<number> {
  return new Promise((resolve) => {
    store.onRevision(resolve)
  })
}

storeContract('PostgresStore', makeBench, { crashRounds: 3 })

test('PostgresStore tells and hears by NOTIFY', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await using other = connect()
  const heard = heardBy(store)
  await other`select pg_notify('trivet_revision', '1')`
  assert.equal(await heard, 1)
  const told = new Promise<string>((resolve) => {
    void other.listen('trivet_revision', resolve)
  })
  await until(async () => {
    const listening = await other`
      select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
    return listening.length === 2
  })
  await store.apply(changeOf([]))
  assert.equal(await told, '1')
})

test('PostgresStore tells of what it missed while it was not connected', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await using other = connect()
  const heard = heardBy(store)
  // A revision that nobody is notified of, and an end to the connection that would have heard it.
  await other.unsafe(`
    insert into trivet.revision values (1, 0, 'other', '', 0);
    update trivet.state set revision = 1;
    select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%'`)
  assert.equal(await heard, 1)
})

test('PostgresStore fails while its server is stopped, and works on after', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
  await server().stop()
  const message = new RegExp(`^Cannot use PostgreSQL at 127\\.0\\.0\\.1:${server().port}/store`)
  await assert.rejects(store.load(), { code: 'UNREACHABLE', message })
  await assert.rejects(store.apply(changeOf([])), { code: 'UNREACHABLE', message })
  await assert.rejects(bench.open(), { code: 'UNREACHABLE', message })
  await server().start()
  assert.equal((await store.load()).devices.length, 1)
  const heard = heardBy(store)
  await using other = await bench.open()
  await other.apply(changeOf([]))
  assert.equal(await heard, 2)
  assert.equal((await store.apply(changeOf([]))).number, 3)
})

test('PostgresStore makes nothing of a change whose connection breaks', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await using other = connect()
  const waiting = other.begin(async (transaction) => {
    await transaction`select 1 from trivet.state for update`
    const broken = store.apply(changeOf([deviceEdit(deviceOf('a'))]))
    const next = store.apply(changeOf([deviceEdit(deviceOf('b'))]))
    // They are asked below; until then nobody hears of them.
    broken.catch(() => {})
    next.catch(() => {})
    await until(async () => {
      const ended = await transaction`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return ended.length === 1
    })
    await assert.rejects(broken, { code: 'UNREACHABLE' })
    return { next }
  })
  const { next } = await waiting
  // The one behind it may meet the connection's end as well: then it says so, and made nothing.
  const isMade = await next.then(
    () => true,
    (error: unknown) => {
      assert.equal((error as StoreError).code, 'UNREACHABLE')
      return false
    },
  )
  const { revision, devices } = await store.load()
  assert.equal(revision, isMade ? 1 : 0)
  assert.deepEqual(
    devices.map(({ record }) => record.id),
    isMade ? ['b'] : [],
  )
})

test('postgresDialect runs no statement of a broken transaction outside of it', LIMIT, async () => {
  await using pools = postgresPools(url)
  await using other = connect()
  const db = new Kysely<{ kept: { n: number } }>({ dialect: postgresDialect(pools) })
  await sql`create table kept (n integer)`.execute(db)
  const broken = db.transaction().execute(async (transaction) => {
    await transaction.insertInto('kept').values({ n: 1 }).execute()
    const breaks = pools.writerBreakCount()
    await other`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`
    await until(() => pools.writerBreakCount() > breaks)
    // Now the same object has a new connection, without a transaction.
    await pools.writer`select 1`.catch(() => pools.writer`select 1`)
    await transaction.insertInto('kept').values({ n: 2 }).execute()
  })
  await assert.rejects(broken, { code: 'CONNECTION_CLOSED' })
  await db.transaction().execute(async (transaction) => {
    await transaction.insertInto('kept').values({ n: 3 }).execute()
  })
  assert.deepEqual([...(await other`select n from kept`)], [{ n: 3 }])
})

test('PostgresStore works on at once after its idle connections were ended', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await using other = connect()
  await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
  await other`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`
  assert.equal((await store.load()).devices.length, 1)
  assert.equal((await store.apply(changeOf([]))).number, 2)
})

test('PostgresStore refuses a database of a newer program', LIMIT, async () => {
  await using bench = await makeBench()
  await (await bench.open())[Symbol.asyncDispose]()
  await using other = connect()
  await other`update trivet.state set format = 99`
  await assert.rejects(bench.open(), { code: 'TOO_NEW', message: /127\.0\.0\.1.*format is 99/ })
})

test('PostgresStore says that a table is missing', LIMIT, async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  await using other = connect()
  await other`drop table trivet.record`
  await assert.rejects(store.load(), { code: 'DAMAGED', message: /a table is missing/ })
})

const wrongUrls: Readonly<Record<string, (port: number) => readonly [string, RegExp]>> = {
  'a wrong password': (port) => [
    `postgres://postgres:hunter2@127.0.0.1:${port}/postgres`,
    /^Cannot use PostgreSQL at 127\.0\.0\.1:\d+\/postgres: it refuses the user or the password/,
  ],
  'a database that is not there': (port) => [
    `postgres://postgres:open%20sesame%2F1@127.0.0.1:${port}/hunter`,
    /it has no such database/,
  ],
  'a port where nothing listens': () => [
    'postgres://postgres:hunter2@127.0.0.1:1/postgres',
    /^Cannot use PostgreSQL at 127\.0\.0\.1:1\/postgres: nothing listens there/,
  ],
  'a text that is no URL': () => ['postgres://postgres:hunter2@[x', /URL is not of the form/],
  'another kind of database': () => ['mysql://root:hunter2@localhost/x', /"mysql:…"/],
  'no kind at all': () => ['root:hunter2@localhost', /has to begin with postgres/],
}
for (const [what, make] of Object.entries(wrongUrls)) {
  test(`openStore says what is wrong with ${what}, without the password`, LIMIT, async () => {
    const [wrong, message] = make(server().port)
    const failure: unknown = await openStore({ url: wrong, stateFolder: '/nowhere' }).then(
      () => assert.fail('It was opened'),
      (error: unknown) => error,
    )
    assert.ok(failure instanceof StoreError)
    assert.equal(failure.code, 'UNREACHABLE')
    assert.match(failure.message, message)
    assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }), /hunter2|sesame/)
  })
}

test('explainPostgres knows a full disk, and leaves bugs as they are', () => {
  const full = explainPostgres(Object.assign(new Error('no space'), { code: '53100' }), 'P')
  assert.ok(full instanceof StoreError)
  assert.equal(full.code, 'DISK_FULL')
  assert.equal(full.message, 'Cannot use P: its disk is full (no space)')
  const bug = Object.assign(new Error('syntax'), { code: '42601' })
  assert.equal(explainPostgres(bug, 'P'), bug)
})
