import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusal, slowUpload, type UploadsSite, uploadsSite } from '../../testing/uploads-site.ts'
import { uploadsOptions } from './options.ts'
import { uploadPlace } from './place.ts'
import { type Kept, UploadStore } from './upload-store.ts'

// Goal: nothing is kept that is not whole, nothing is lost that was acknowledged, and no device
// takes more than its share. Method: stores over real folders, with clients that do wrong.

const DAY_MS = 86_400_000
const places = [{ folder: 'logs' }, {}] as const

/** Files on their way, in all places. */
function onTheirWay(site: UploadsSite): string[] {
  return [join(site.folder, '.trivet-incoming'), join(site.state, 'uploads/incoming')].flatMap(
    (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  )
}

/** Names of files that hold versions, in the state. */
function versionFiles(site: UploadsSite): string[] {
  const kept = join(site.state, 'uploads/kept')
  return readdirSync(kept, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/\d+$/.test(name))
    .map((name) => name.replace(/^.*\//, ''))
    .toSorted()
}

for (const place of places) {
  const where = 'folder' in place ? 'in a folder' : 'in the state'

  test(`UploadStore leaves nothing of a client that dies in mid-upload, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route(place)
    await route.put('/a', 'before')
    const slow = slowUpload()
    const upload = route.put('/a', slow.body)
    slow.send('x'.repeat(500_000))
    slow.die()
    await assert.rejects(upload, refusal('MALFORMED_REQUEST', /broke off: The client is gone/))
    assert.deepEqual(onTheirWay(site), [])
    assert.equal(await route.get('/a'), 'before')
  })

  test(`UploadStore stops when the time of a request is over, ${where}`, async () => {
    await using site = await uploadsSite()
    const controller = new AbortController()
    const slow = slowUpload()
    const context = { signal: controller.signal }
    const upload = site.route(place).put('/a', slow.body, { context })
    slow.send('half')
    controller.abort()
    await assert.rejects(upload, refusal('MALFORMED_REQUEST'))
    assert.deepEqual(onTheirWay(site), [])
    assert.equal(await site.route(place).get('/a'), 'declined')
  })

  test(`UploadStore refuses an upload that is shorter than was announced, ${where}`, async () => {
    await using site = await uploadsSite()
    const short = site.route(place).put('/a', 'abc', { announces: 4 })
    await assert.rejects(short, refusal('MALFORMED_REQUEST', /4 bytes were announced, 3 came/))
    assert.equal(await site.route(place).put('/log', 'longer', { announces: 4 }), 201)
    assert.deepEqual(onTheirWay(site), [])
  })

  test(`UploadStore takes a tsize of 0 for a size that nobody knows, ${where}`, async () => {
    await using site = await uploadsSite()
    assert.equal(await site.route(place).put('/a', 'abc', { announces: 0 }), 201)
  })

  test(`UploadStore receives the same name twice at once, the last whole one wins, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route(place)
    const [slow, quick] = [slowUpload(), slowUpload()]
    const first = route.put('/a', slow.body)
    slow.send('slow ')
    const second = route.put('/a', quick.body)
    quick.send('quick')
    quick.end()
    assert.equal(await second, 201)
    assert.equal(await route.get('/a'), 'quick')
    slow.send('but last')
    slow.end()
    assert.equal(await first, 200)
    assert.equal(await route.get('/a'), 'slow but last')
  })

  test(`UploadStore keeps 200 uploads at once, whole, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, quotaFiles: 200 })
    const text = (index: number): string => `${index} `.repeat(500)
    const all = Array.from({ length: 200 }, (_, index) => index)
    await Promise.all(all.map((index) => route.put(`/${index}.log`, text(index))))
    for (const index of all) assert.equal(await route.get(`/${index}.log`), text(index))
    assert.deepEqual(onTheirWay(site), [])
    await assert.rejects(route.put('/201.log', 'x'), refusal('STORAGE_FULL', /quotaFiles/))
  })

  test(`UploadStore removes at the start what a crash has left, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route(place)
    await route.put('/a', 'kept')
    const slow = slowUpload()
    const lost = route.put('/b', slow.body).catch(() => 'lost')
    slow.send('x'.repeat(200_000))
    while (onTheirWay(site).length === 0) await new Promise(setImmediate)
    await site.restart()
    assert.deepEqual(onTheirWay(site), [])
    assert.equal(await site.route(place).get('/a'), 'kept')
    assert.equal(await site.route(place).get('/b'), 'declined')
    slow.die()
    await lost
  })

  test(`UploadStore says that the quota is used up before it takes anything, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, quotaBytes: 10 })
    await route.put('/a', '12345678')
    const slow = slowUpload()
    const announced = route.put('/b', slow.body, { announces: 3 })
    await assert.rejects(
      announced,
      refusal('STORAGE_FULL', /at most 10 are allowed \(quotaBytes\)/),
    )
    await assert.rejects(route.put('/b', '123'), refusal('STORAGE_FULL', /2 bytes left/))
    assert.equal(await route.put('/b', '12'), 201)
    // In the place of the old one there is room.
    assert.equal(await route.put('/a', '87654321'), 200)
    assert.equal(
      await route.put('/b', '123', { from: '10.0.0.8' }).catch(() => 'not theirs'),
      'not theirs',
    )
    assert.equal(await route.put('/c', '123', { from: '10.0.0.8' }), 201)
    assert.deepEqual(onTheirWay(site), [])
  })

  test(`UploadStore counts a quota exactly while uploads end at once, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, quotaBytes: 50 })
    const puts = Array.from({ length: 20 }, (_, index) => route.put(`/${index}`, '0123456789'))
    const results = await Promise.allSettled(puts)
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5)
  })

  test(`UploadStore keeps no more files than filesMax, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, filesMax: 2 })
    await route.put('/a', 'x')
    await route.put('/b', 'x', { from: '10.0.0.8' })
    const third = route.put('/c', 'x', { from: '10.0.0.9' })
    await assert.rejects(third, refusal('STORAGE_FULL', /filesMax/))
    assert.equal(await route.put('/a', 'y'), 200)
  })

  test(`UploadStore adds to a file, and drops its oldest lines, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, append: true, appendBytesMax: 1024 })
    const line = (number: number): string => `line ${String(number).padStart(4, '0')}\n`
    for (let number = 0; number < 150; number += 1) await route.put('/log', line(number))
    const kept = await route.get('/log')
    assert.ok(kept.length <= 1024 && kept.length > 1000, String(kept.length))
    assert.ok(kept.startsWith('line ') && kept.endsWith(line(149)), kept.slice(0, 20))
    assert.equal(kept.split('\n').length - 1, kept.length / line(0).length)
  })

  test(`UploadStore adds what comes at once, each whole, ${where}`, async () => {
    await using site = await uploadsSite()
    const route = site.route({ ...place, append: true })
    const lines = Array.from({ length: 20 }, (_, index) => `${String(index).repeat(100)}\n`)
    await Promise.all(lines.map((line) => route.put('/log', line)))
    const kept = (await route.get('/log')).match(/.*\n/g) ?? []
    assert.deepEqual(kept.toSorted(), lines.toSorted())
  })
}

test('UploadStore forgets a file that somebody removed, and its share of the quota', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs', quotaBytes: 10 })
  await route.put('/a', '12345678')
  await rm(join(site.folder, 'a'))
  assert.equal(await route.put('/b', '12345678'), 201)
})

test('UploadStore keeps versions, the oldest of which go', async () => {
  await using site = await uploadsSite()
  const route = site.route({ overwrite: 'own', versionsMax: 3 })
  for (const text of ['one', 'two', 'three', 'four']) await route.put('/sw1', text)
  assert.equal(await route.get('/sw1'), 'four')
  assert.deepEqual(versionFiles(site), ['2', '3', '4'])
  await assert.rejects(route.put('/sw1', 'x', { from: '10.9.9.9' }), refusal('ACCESS_DENIED'))
})

test('UploadStore keeps 20 versions of whoever writes where the route says version', async () => {
  await using site = await uploadsSite()
  const route = site.route({ overwrite: 'version' })
  for (let number = 1; number <= 22; number += 1) {
    await route.put('/sw1', String(number), { from: `10.0.0.${number}` })
  }
  assert.equal(versionFiles(site).length, 20)
  assert.equal(await route.get('/sw1'), '22')
})

test('UploadStore counts all versions for the quota', async () => {
  await using site = await uploadsSite()
  const route = site.route({ overwrite: 'own', versionsMax: 3, quotaBytes: 10 })
  for (const text of ['123', '456', '789', '000']) await route.put('/sw1', text)
  await assert.rejects(route.put('/sw1', '12345'), refusal('STORAGE_FULL', /quotaBytes/))
  assert.equal(await route.get('/sw1'), '000')
})

test('UploadStore drops old versions, but not the latest', async () => {
  await using site = await uploadsSite()
  const route = site.route({ overwrite: 'version', keepDays: 7 })
  await route.put('/sw1', 'one')
  site.nowMs += 5 * DAY_MS
  await route.put('/sw1', 'two')
  site.nowMs += 5 * DAY_MS
  await route.put('/sw1', 'three')
  assert.deepEqual(versionFiles(site), ['2', '3'])
  site.nowMs += 30 * DAY_MS
  await site.restart()
  assert.deepEqual(versionFiles(site), ['3'])
  assert.equal(await site.route().get('/sw1'), 'three')
})

test('UploadStore removes versions at the start that no record has', async () => {
  await using site = await uploadsSite()
  await site.route().put('/sw1', 'one')
  const [folder = ''] = readdirSync(join(site.state, 'uploads/kept'))
  await writeFile(join(site.state, 'uploads/kept', folder, '2'), 'never acknowledged')
  await site.restart()
  assert.deepEqual(versionFiles(site), ['1'])
  assert.equal(await site.route().get('/sw1'), 'one')
})

test('UploadStore leaves a file alone whose record cannot be read, and serves the others', async () => {
  await using site = await uploadsSite()
  await site.route().put('/sw1', 'one')
  const [folder = ''] = readdirSync(join(site.state, 'uploads/kept'))
  const record = join(site.state, 'uploads/kept', folder, 'record.json')
  await writeFile(record, '{"half')
  await site.restart()
  const route = site.route()
  assert.match(site.warnings.join(), /cannot read the record of an upload, .*record\.json/)
  await assert.rejects(route.put('/sw1', 'two'), refusal('GENERATOR_FAILED', /nobody can read/))
  await assert.rejects(route.get('/sw1'), refusal('GENERATOR_FAILED'))
  assert.equal(await route.put('/sw2', 'two'), 201)
  assert.deepEqual(versionFiles(site), ['1', '1'])
  assert.equal(await readFile(record, 'utf8'), '{"half')
})

test('UploadStore makes no folder where that of the uploads is gone', async () => {
  await using site = await uploadsSite()
  await rm(site.folder, { recursive: true })
  await assert.rejects(site.route({ folder: 'logs' }).put('/a', 'x'), refusal('GENERATOR_FAILED'))
  assert.ok(!existsSync(site.folder))
})

test('UploadStore gives the newer version where the older goes while it is opened', async () => {
  await using site = await uploadsSite()
  const { contents, records } = uploadPlace({
    stateFolder: site.state,
    folder: undefined,
    label: 'state',
    isProtected: () => false,
  })
  const waitFor = new Map<number, Promise<unknown>>()
  const open = contents.open.bind(contents)
  contents.open = async (name, number) => {
    await waitFor.get(number)
    return await open(name, number)
  }
  const store = new UploadStore({ contents, records, warn: () => {}, nowMs: () => site.nowMs })
  const take = async (text: string): Promise<Kept> =>
    await store.take({
      name: 'a',
      body: new Blob([text]).stream(),
      announcedBytes: undefined,
      writer: { key: 'address 10.0.0.7', address: '10.0.0.7', device: undefined },
      rules: uploadsOptions.parse({}),
      signal: new AbortController().signal,
    })
  await take('one')
  const { promise, resolve } = Promise.withResolvers<void>()
  waitFor.set(1, promise)
  const opening = store.open('a')
  await take('two')
  resolve()
  const file = await opening
  assert.equal(await file?.handle.readFile('utf8'), 'two')
  await file?.handle.close()
})
