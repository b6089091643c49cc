import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusal, slowUpload, uploadsSite } from '../../testing/uploads-site.ts'

// Goal: what devices write is kept whole or not at all, and nobody writes what is another's.
// Method: the source over a real folder, asked as the server asks it.

test('uploadsSource keeps an upload in the folder and gives it back', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  assert.equal(await route.put('/a/b.log', 'hello'), 201)
  assert.equal(await readFile(join(site.folder, 'a/b.log'), 'utf8'), 'hello')
  assert.equal(await route.get('/a/b.log'), 'hello')
  assert.equal(await route.put('/a/b.log', 'again'), 200)
  assert.equal(await route.get('/a/b.log'), 'again')
  assert.deepEqual(site.notes, [
    'kept as "a/b.log", upload 1, 5 bytes',
    'kept as "a/b.log", upload 2, 5 bytes',
  ])
})

test('uploadsSource keeps an upload in the state where no folder is given', async () => {
  await using site = await uploadsSite()
  const route = site.route()
  assert.equal(await route.put('/sw1-confg', 'hostname sw1\n'), 201)
  assert.equal(await route.get('/sw1-confg'), 'hostname sw1\n')
  assert.deepEqual(readdirSync(site.folder), [])
})

test('uploadsSource keeps an empty upload', async () => {
  await using site = await uploadsSite()
  for (const options of [{ folder: 'logs' }, {}]) {
    const route = site.route(options)
    assert.equal(await route.put('/empty', ''), 201)
    const response = await route.response('/empty')
    assert.equal(response.headers.get('content-length'), '0')
    assert.equal(await response.text(), '')
  }
})

test('uploadsSource declines a read of what is not there', async () => {
  await using site = await uploadsSite()
  assert.equal(await site.route({ folder: 'logs' }).get('/none'), 'declined')
  assert.equal(await site.route().get('/none'), 'declined')
})

test('uploadsSource gives an upload back as a download, never as a page', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  await route.put('/a.html', '<script>alert(1)</script>')
  const { headers, body } = await route.response('/a.html')
  await body?.cancel()
  assert.equal(headers.get('content-security-policy'), 'sandbox')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.match(headers.get('etag') ?? '', /^"[0-9a-z]+-p-[0-9a-z]+"$/)
})

test('uploadsSource keeps nothing open', { skip: process.platform !== 'linux' }, async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  await route.put('/a/b', 'x'.repeat(300_000))
  assert.equal((await route.get('/a/b')).length, 300_000)
  const partly = await route.response('/a/b')
  await partly.body?.cancel()
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
  assert.deepEqual(
    open.filter((path) => path.startsWith(site.path)),
    [],
  )
})

test('uploadsSource keeps a file under the name that the route gives it', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs', name: 'boot/{mac:bare}.log', append: true })
  const params = { mac: '00:04:f2:ab:cd:ef' }
  await route.put('/0004F2ABCDEF-boot.log', 'one\n', { params })
  await route.put('/00-04-f2-ab-cd-ef-boot.log', 'two\n', { params })
  assert.equal(await readFile(join(site.folder, 'boot/0004f2abcdef.log'), 'utf8'), 'one\ntwo\n')
})

test('uploadsSource lets only its networks write and read', async () => {
  await using site = await uploadsSite()
  const route = site.route({ from: ['10.0.0.7'] })
  assert.equal(await route.put('/a', 'mine'), 201)
  const denied = refusal('ACCESS_DENIED', /10\.9\.9\.9 .*`from`/)
  await assert.rejects(route.put('/a', 'theirs', { from: '10.9.9.9' }), denied)
  await assert.rejects(route.get('/a', { from: '10.9.9.9' }), denied)
  assert.equal(await route.get('/a'), 'mine')
})

test('uploadsSource refuses a part of a file', async () => {
  await using site = await uploadsSite()
  const headers = { 'content-range': 'bytes 0-4/10' }
  await assert.rejects(site.route().put('/a', 'hello', { headers }), refusal('MALFORMED_REQUEST'))
})

test('uploadsSource refuses names that cannot be kept', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  for (const name of ['/.hidden', '/a/.b', '/a/', '/a%0ab', '/%ff', `/${'x'.repeat(201)}`]) {
    await assert.rejects(route.put(name, 'x'), refusal('ACCESS_DENIED', /^Cannot keep/), name)
  }
  assert.deepEqual(readdirSync(site.folder), [])
})

test('uploadsSource lets only the device that wrote a file write it again', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  await route.put('/a', 'one', { device: 'desk-7' })
  // The same device, at another address.
  assert.equal(await route.put('/a', 'two', { device: 'desk-7', from: '10.0.0.8' }), 200)
  const denied = refusal('ACCESS_DENIED', /it is of device desk-7 \(overwrite: own\)/)
  await assert.rejects(route.put('/a', 'three', { device: 'desk-8' }), denied)
  await assert.rejects(route.put('/a', 'three'), denied)
  assert.equal(await route.get('/a'), 'two')
})

test('uploadsSource takes the address for the owner where the route says so', async () => {
  await using site = await uploadsSite()
  const route = site.route({ owner: 'address' })
  await route.put('/a', 'one', { device: 'desk-7' })
  const stranger = route.put('/a', 'two', { device: 'desk-7', from: '10.0.0.8' })
  await assert.rejects(stranger, refusal('ACCESS_DENIED', /it is of address 10\.0\.0\.7/))
})

test('uploadsSource remembers over a start whose a file is', async () => {
  await using site = await uploadsSite()
  for (const options of [{ folder: 'logs' }, {}]) {
    await site.route(options).put('/a', 'mine')
    await site.restart()
    const stranger = site.route(options).put('/a', 'theirs', { from: '10.9.9.9' })
    await assert.rejects(stranger, refusal('ACCESS_DENIED'))
  }
})

test('uploadsSource leaves alone what was no upload, unless it may always write', async () => {
  await using site = await uploadsSite({ 'logs/a': 'by hand' })
  const denied = refusal('ACCESS_DENIED', /it was no upload/)
  await assert.rejects(site.route({ folder: 'logs' }).put('/a', 'x'), denied)
  assert.equal(await site.route({ folder: 'logs', overwrite: 'always' }).put('/a', 'x'), 200)
})

test('uploadsSource takes a file that was removed for a new one', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs' })
  await route.put('/a', 'one')
  await rm(join(site.folder, 'a'))
  assert.equal(await route.put('/a', 'two', { from: '10.9.9.9' }), 201)
})

test('uploadsSource never overwrites where the route says never', async () => {
  await using site = await uploadsSite()
  for (const options of [{ folder: 'logs' }, {}]) {
    const route = site.route({ ...options, overwrite: 'never' })
    await route.put('/a', 'one')
    await assert.rejects(route.put('/a', 'two'), refusal('FILE_EXISTS', /overwrite: never/))
    assert.equal(await route.get('/a'), 'one')
  }
})

test('uploadsSource never overwrites even when both came at once', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs', overwrite: 'never' })
  const slow = slowUpload()
  const first = route.put('/a', slow.body)
  slow.send('first')
  assert.equal(await route.put('/a', 'second'), 201)
  slow.end()
  await assert.rejects(first, refusal('FILE_EXISTS'))
  assert.equal(await route.get('/a'), 'second')
})

test('uploadsSource gives back the whole file while others write it', async () => {
  await using site = await uploadsSite()
  for (const options of [{ folder: 'logs' }, {}]) {
    const route = site.route(options)
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000))
    await route.put('/a', texts[0] ?? '')
    const writes = Array.from({ length: 12 }, (_, index) => route.put('/a', texts[index % 3] ?? ''))
    const reads = Array.from({ length: 24 }, () => route.get('/a'))
    await Promise.all(writes)
    for (const text of await Promise.all(reads)) assert.ok(texts.includes(text), text.slice(0, 9))
  }
})

test('uploadsSource refuses more uploads at once than the route takes', async () => {
  await using site = await uploadsSite()
  const route = site.route({ folder: 'logs', concurrentMax: 1 })
  const slow = slowUpload()
  const first = route.put('/a', slow.body)
  await assert.rejects(route.put('/b', 'x'), refusal('BUSY', /concurrentMax/))
  slow.end()
  assert.equal(await first, 201)
  assert.equal(await route.put('/b', 'x'), 201)
})
