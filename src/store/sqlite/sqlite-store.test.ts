import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { StoreBench } from '../../testing/store-bench.ts'
import { deviceEdit, deviceOf } from '../../testing/store-bench.ts'
import { changeOf, storeContract } from '../../testing/store-contract.ts'
import { checkAfterwards, linesOf } from '../../testing/store-crash-contract.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { DATABASE_FILE, openStore } from '../open-store.ts'

interface FileBench extends StoreBench {
  readonly file: string
}

async function makeBench(): Promise<FileBench> {
  const folder = await temporaryFolder()
  const stateFolder = join(folder.path, 'state', '.trivet')
  return {
    file: join(stateFolder, DATABASE_FILE),
    openOptions: { stateFolder },
    open: (limits) => openStore({ stateFolder, ...limits }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** A store with some devices, closed again. */
async function makeFilledBench(): Promise<FileBench> {
  const bench = await makeBench()
  await using store = await bench.open()
  const filler = 'x'.repeat(500)
  const devices = Array.from({ length: 200 }, (_, n) => deviceOf(`d${n}`, { values: { filler } }))
  await store.apply(changeOf(devices.map((device) => deviceEdit(device))))
  return bench
}

storeContract('SqliteStore', makeBench, { crashRounds: 8 })

test('SqliteStore keeps its file and folder to their owner', async () => {
  await using bench = await makeBench()
  const before = process.umask(0)
  await using store = await bench.open()
  process.umask(before)
  await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777
  assert.equal(await mode(dirname(bench.file)), 0o700)
  for (const suffix of ['', '-wal', '-shm']) assert.equal(await mode(bench.file + suffix), 0o600)
})

test('SqliteStore refuses a database of a newer program and leaves it alone', async () => {
  await using bench = await makeFilledBench()
  const database = new DatabaseSync(bench.file)
  database.exec('update state set format = 99')
  database.close()
  const message = `Cannot open "${bench.file}": its format is 99, and this version of Trivet knows formats up to 1`
  await assert.rejects(bench.open(), { code: 'TOO_NEW', message })
  await assert.rejects(bench.open(), { code: 'TOO_NEW' })
})

test("SqliteStore refuses another program's database and leaves it alone", async () => {
  await using bench = await makeBench()
  await mkdir(dirname(bench.file), { recursive: true })
  const database = new DatabaseSync(bench.file)
  database.exec('create table state (format); insert into state values (1)')
  database.close()
  const before = await readFile(bench.file)
  await assert.rejects(bench.open(), { code: 'DAMAGED', message: /another program/ })
  assert.deepEqual(await readFile(bench.file), before)
})

test('SqliteStore refuses a file that is no database', async () => {
  await using bench = await makeBench()
  await mkdir(dirname(bench.file), { recursive: true })
  await writeFile(bench.file, 'devices:\n  - name: a\n'.repeat(500))
  await assert.rejects(bench.open(), { code: 'DAMAGED', message: /is no SQLite database/ })
})

test('SqliteStore refuses a file that was cut off', async () => {
  await using bench = await makeFilledBench()
  await truncate(bench.file, (await stat(bench.file)).size / 2)
  await assert.rejects(bench.open(), { code: 'DAMAGED' })
})

test('SqliteStore refuses a file with pages that were overwritten', async () => {
  await using bench = await makeFilledBench()
  const bytes = await readFile(bench.file)
  bytes.fill(0xaa, 4096 * 5, bytes.length - 4096)
  await writeFile(bench.file, bytes)
  await assert.rejects(bench.open(), { code: 'DAMAGED', message: /it is damaged/ })
})

test('SqliteStore refuses a database whose tables were dropped', async () => {
  await using bench = await makeFilledBench()
  const database = new DatabaseSync(bench.file)
  database.exec('drop table record')
  database.close()
  await using store = await bench.open()
  await assert.rejects(store.load(), { code: 'DAMAGED', message: /no such table/ })
})

test('SqliteStore says which folder it cannot use', async () => {
  await using bench = await makeBench()
  await mkdir(dirname(dirname(bench.file)), { recursive: true })
  await writeFile(dirname(bench.file), '')
  await assert.rejects(bench.open(), { code: 'UNREACHABLE', message: /trivet\.db/ })
})

test('SqliteStore waits for the transaction of another process', async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  const other = new DatabaseSync(bench.file)
  other.exec('begin immediate')
  const writing = store.apply(changeOf([deviceEdit(deviceOf('a'))]))
  assert.equal((await store.load()).revision, 0)
  other.exec('rollback')
  other.close()
  assert.equal((await writing).number, 1)
})

test('SqliteStore hears of the revisions of another process', async () => {
  await using bench = await makeBench()
  await using store = await bench.open()
  const heard = new Promise<number>((resolve) => store.onRevision(resolve))
  const script = `
    import { openStore } from ${JSON.stringify(import.meta.resolve('../open-store.ts'))}
    await using store = await openStore(${JSON.stringify(bench.openOptions)})
    await store.apply({ who: 'other', at: 1, edits: [] })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  assert.equal(await heard, 1)
  assert.equal(child.signalCode, null)
})

test('SqliteStore says that the disk is full, loses no revision and goes on after', async () => {
  await using bench = await makeBench()
  await (await bench.open())[Symbol.asyncDispose]()
  const writer = fileURLToPath(new URL('../../testing/revision-writer.ts', import.meta.url))
  // A limit on the size of files is a full disk that needs no rights to be made.
  const limited = spawn(
    'sh',
    [
      '-c',
      'ulimit -f 1200; exec "$@"',
      'sh',
      process.execPath,
      writer,
      JSON.stringify(bench.openOptions),
      'w',
      '20000',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines: string[] = []
  for await (const line of linesOf(limited)) lines.push(line)
  const acknowledged = Number(lines.at(-2)?.split(' ')[0])
  assert.ok(acknowledged > 3)
  assert.equal(lines.at(-1), `DISK_FULL ${acknowledged}`)
  assert.equal(await checkAfterwards(bench, { acknowledged }), acknowledged)
  await using store = await bench.open()
  const next = await store.apply(changeOf([deviceEdit(deviceOf('a'))]))
  assert.equal(next.number, acknowledged + 1)
})

test('SqliteStore keeps the mode that an old file was given', async () => {
  await using bench = await makeFilledBench()
  await chmod(bench.file, 0o640)
  await using store = await bench.open()
  assert.equal((await store.load()).revision, 1)
  assert.equal((await stat(bench.file)).mode & 0o777, 0o640)
})
