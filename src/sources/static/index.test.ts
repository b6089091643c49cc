import assert from 'node:assert/strict'
import { mkdir, rename, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeclined } from '../../routing/source.ts'
import { whileRepeating, type StaticSite, staticSite } from '../../testing/static-site.ts'

const CHUNK_BYTES = 256 * 1024

let site: StaticSite

before(async () => {
  site = await staticSite({
    'site/a.txt': 'hello',
    'site/empty.bin': '',
    'site/firmware/P0030801SR02.bin': 'firmware',
    'site/images/new.efi': 'new image',
    'site/CaseOnly.TXT': 'case',
    'site/größe 1+2;#%2e.cfg': 'any name',
    'outside.efi': 'outside image',
  })
})

after(async () => {
  await site[Symbol.asyncDispose]()
})

describe('staticSource', () => {
  for (const bytes of [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7]) {
    test(`sends ${bytes} bytes as they are, and closes the file`, async () => {
      const content = Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => index * 7))
      await writeFile(join(site.path, 'sized.bin'), content)
      const response = await site.ask('/sized.bin')
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-length'), String(bytes))
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), content)
      assert.deepEqual(site.openFiles(), [])
    })
  }

  test('answers an empty file at once, with nothing left open', async () => {
    const response = await site.ask('/empty.bin')
    assert.deepEqual([response.status, response.headers.get('content-length')], [200, '0'])
    assert.deepEqual(site.openFiles(), [])
    assert.equal(await response.text(), '')
  })

  const types: readonly [string, string][] = [
    ['x.txt', 'text/plain; charset=utf-8'],
    ['x.html', 'text/html; charset=utf-8'],
    ['x.xml', 'application/xml'],
    ['x.json', 'application/json'],
    ['X.JSON', 'application/json'],
    ['x.bin', 'application/octet-stream'],
    ['SEP001122334455.cnf', 'application/octet-stream'],
    ['no-extension', 'application/octet-stream'],
  ]
  for (const [name, type] of types) {
    test(`calls ${name} ${type}`, async () => {
      await writeFile(join(site.path, name), 'x')
      const response = await site.ask(`/${name}`)
      assert.equal(response.headers.get('content-type'), type)
      await response.body?.cancel()
    })
  }

  test('tells when the file was changed, and an ETag that changes with it', async () => {
    const path = join(site.path, 'dated.txt')
    await writeFile(path, 'one')
    await utimes(path, 1_700_000_000, 1_700_000_000)
    const one = await site.ask('/dated.txt', { method: 'HEAD' })
    assert.equal(one.headers.get('last-modified'), 'Tue, 14 Nov 2023 22:13:20 GMT')
    assert.match(one.headers.get('etag') ?? '', /^"[0-9a-z-]+"$/)
    const again = await site.ask('/dated.txt', { method: 'HEAD' })
    assert.equal(again.headers.get('etag'), one.headers.get('etag'))
    await writeFile(path, 'two')
    const two = await site.ask('/dated.txt', { method: 'HEAD' })
    assert.notEqual(two.headers.get('etag'), one.headers.get('etag'))
  })

  test('never tells a time to come', async () => {
    const path = join(site.path, 'future.txt')
    await writeFile(path, 'x')
    await utimes(path, 4_000_000_000, 4_000_000_000)
    const response = await site.ask('/future.txt', { method: 'HEAD' })
    const told = Date.parse(response.headers.get('last-modified') ?? '')
    assert.ok(told <= Date.now(), String(told))
  })

  test('finds the file by the path parameter, else by the whole path', async () => {
    const params = { path: 'firmware/P0030801SR02.bin' }
    assert.equal(await site.text('/fw/x', { params }), 'firmware')
    assert.equal(await site.text('/firmware/P0030801SR02.bin'), 'firmware')
    const options = { folder: 'firmware' }
    assert.equal(await site.text('/P0030801SR02.bin', { options }), 'firmware')
    assert.equal(await site.text('/firmware/P0030801SR02.bin', { options }), 'declined')
  })

  test('finds any name that a file can have', async () => {
    assert.equal(await site.text('/gr%C3%B6%C3%9Fe%201+2%3B%23%252e.cfg'), 'any name')
  })

  test('serves one file whatever the name, though a link leads to it', async () => {
    await symlink(join(site.outside, 'outside.efi'), join(site.path, 'current.efi'))
    assert.equal(await site.text('/any/name', { options: { file: 'a.txt' } }), 'hello')
    assert.equal(await site.text('/', { options: { file: 'current.efi' } }), 'outside image')
    assert.equal(await site.text('/current.efi'), 'declined')
    const absolute = join(site.outside, 'outside.efi')
    assert.equal(await site.text('/', { options: { file: absolute } }), 'outside image')
    assert.equal(await site.text('/', { options: { file: 'gone.efi' } }), 'declined')
  })

  test('heeds the case of a name unless told otherwise', async () => {
    assert.equal(await site.text('/caseonly.txt'), 'declined')
    assert.equal(await site.text('/caseonly.txt', { options: { ignoreCase: true } }), 'case')
    const found = await site.ask('/caseonly.txt', { options: { ignoreCase: true } })
    assert.equal(found.headers.get('content-type'), 'text/plain; charset=utf-8')
    await found.body?.cancel()
  })

  test('answers HEAD without a body and without an open file', async () => {
    const response = await site.ask('/a.txt', { method: 'HEAD' })
    assert.deepEqual([response.status, response.headers.get('content-length')], [200, '5'])
    assert.equal(response.body, null)
    assert.deepEqual(site.openFiles(), [])
  })

  test('takes no uploads', async () => {
    const response = await site.ask('/a.txt', { method: 'PUT' })
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD'])
    assert.equal(isDeclined(response), false)
  })

  test('follows a folder that is a link, and the change of it', async () => {
    await mkdir(join(site.outside, 'release-1'))
    await mkdir(join(site.outside, 'release-2'))
    await writeFile(join(site.outside, 'release-1/v'), 'one')
    await writeFile(join(site.outside, 'release-2/v'), 'two')
    const link = join(site.outside, 'current')
    await symlink('release-1', link)
    const how = { options: { folder: link } }
    assert.equal(await site.text('/v', how), 'one')
    await unlink(link)
    await symlink('release-2', link)
    assert.equal(await site.text('/v', how), 'two')
  })
})

const ranges: readonly [string, number, string, string | null][] = [
  ['bytes=0-0', 206, 'h', 'bytes 0-0/5'],
  ['bytes=1-3', 206, 'ell', 'bytes 1-3/5'],
  ['bytes=3-', 206, 'lo', 'bytes 3-4/5'],
  ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
  ['bytes=0-100', 206, 'hello', 'bytes 0-4/5'],
  ['bytes=5-', 416, '', 'bytes */5'],
  ['bytes=0-0,2-2', 200, 'hello', null],
  ['lines=0-1', 200, 'hello', null],
  ['nonsense', 200, 'hello', null],
]

describe('staticSource answers a range', () => {
  for (const [range, status, text, contentRange] of ranges) {
    test(`${range} with ${status}`, async () => {
      const response = await site.ask('/a.txt', { headers: { range } })
      assert.equal(response.status, status)
      assert.equal(response.headers.get('content-range'), contentRange)
      if (status !== 416) {
        assert.equal(response.headers.get('content-length'), String(text.length))
      }
      assert.equal(await response.text(), text)
      assert.deepEqual(site.openFiles(), [])
    })
  }
})

test('staticSource always has a file that is being replaced', async () => {
  const path = join(site.path, 'replaced.cfg')
  await writeFile(path, 'content 0')
  const replace = async (count: number): Promise<void> => {
    await writeFile(join(site.outside, 'next'), `content ${count}`)
    await rename(join(site.outside, 'next'), path)
  }
  await whileRepeating(replace, async () => {
    for (let count = 0; count < 500; count += 1) {
      assert.match(await site.text('/replaced.cfg'), /^content \d+$/)
    }
  })
  assert.deepEqual(site.openFiles(), [])
})

describe('staticSource with a folder per client', () => {
  const files = {
    'site/a.cfg': 'for all',
    'site/b.cfg': 'also for all',
    'site/10.0.0.7/a.cfg': 'for an address',
    'site/00-11-22-aa-bb-cc/a.cfg': 'for a MAC',
    'site/10.0.0.9': 'no folder',
  }
  const asked: readonly [string, 'address' | 'mac', string, string, string][] = [
    ['finds its file', 'address', '10.0.0.7', '/a.cfg', 'for an address'],
    ['finds no other there', 'address', '10.0.0.7', '/b.cfg', 'declined'],
    ['asks for all of a client without one', 'address', '10.0.0.8', '/a.cfg', 'for all'],
    ['asks for all where a file has its name', 'address', '10.0.0.9', '/a.cfg', 'for all'],
    ['finds it by the MAC', 'mac', '10.0.0.7', '/a.cfg', 'for a MAC'],
    ['asks for all where no MAC is known', 'mac', '10.0.0.8', '/a.cfg', 'for all'],
  ]
  for (const [what, perClient, clientAddress, target, text] of asked) {
    test(what, async () => {
      await using folders = await staticSite(files)
      assert.equal(await folders.text(target, { options: { perClient }, clientAddress }), text)
    })
  }

  test('ignores case within it', async () => {
    await using folders = await staticSite(files)
    const options = { perClient: 'address', ignoreCase: true } as const
    assert.equal(await folders.text('/A.CFG', { options }), 'for an address')
  })
})
