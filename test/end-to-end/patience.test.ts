import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { RawClient, rawRequest } from '../../src/testing/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { pairsOf, readByTftp, receiveFile } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { parseGoldenFile } from '../../tools/record/golden-file.ts'

// Goal: a file is made once for all who may share it, however they ask, and nobody is given a wrong
// one. Method: the server as its own process, generators that count their runs.

const handler = `
const runs = new Map()
let running = 0
let most = 0
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (name, run) => (name + ' run ' + run + ' ').repeat(100)
const streamOf = (...steps) => new ReadableStream({
  async pull(controller) {
    const step = steps.shift()
    if (step === undefined) return controller.close()
    const chunk = await step()
    controller.enqueue(new TextEncoder().encode(chunk))
  },
})
const fail = () => { throw new Error('broken on purpose') }
export default async (request, context) => {
  const { pathname } = new URL(request.url)
  if (pathname.endsWith('/runs')) return Response.json({ ...Object.fromEntries(runs), most })
  const run = (runs.get(pathname) ?? 0) + 1
  runs.set(pathname, run)
  running += 1
  most = Math.max(most, running)
  try {
    const [, ms] = /-(\\d+)ms/.exec(pathname) ?? []
    await sleep(Number(ms ?? 0))
    if (pathname.includes('time')) return new Response(String(process.hrtime.bigint()))
    if (pathname.includes('fails-at-once')) throw new Error('broken on purpose')
    const first = () => 'x'.repeat(600)
    if (pathname.includes('fails-later')) {
      return new Response(streamOf(first, () => sleep(100).then(fail)))
    }
    if (pathname.includes('stalls')) return new Response(streamOf(first, () => new Promise(() => {})))
    if (pathname.includes('never')) return await new Promise(() => {})
    if (pathname.includes('slower')) {
      if (run > 1) await sleep(30_000)
      return new Response('the first')
    }
    if (pathname.includes('once')) {
      if (run > 1) throw new Error('broken on purpose')
      return new Response('good', { headers: { 'cache-control': 'max-age=0, stale-if-error=60' } })
    }
    return new Response(text(pathname, run))
  } finally {
    running -= 1
  }
}
`

const config = `
routes:
  - { match: '/all/{path...}', handler: make.mjs, share: all }
  - { match: '/own/{path...}', handler: make.mjs }
  - { match: '/short/{path...}', handler: make.mjs, deadlineMs: 700 }
  - { match: '/instead/{path...}', handler: make.mjs, whenLate: fallback, fallback: /files/plain }
  - match: '/hasty/stale/{path...}'
    handler: make.mjs
    profile: u-boot-lwip
    whenLate: stale
  - match: '/hasty/instead/{path...}'
    handler: make.mjs
    profile: u-boot-lwip
    whenLate: fallback
    fallback: /files/plain
  - { match: '/hasty/error/{path...}', handler: make.mjs, profile: u-boot-lwip, whenLate: error }
  - { match: '/cgi/{path...}', cgi: cgi }
  - { match: '/walk/{mac}.cfg', handler: { module: walk.mjs } }
  - { match: '/walk/{path...}', static: files }
  - { match: '/files/{path...}', static: files }
  - { match: '/runs', handler: make.mjs, share: never }
limits: { httpPatienceMs: 1000 }
`

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml': config,
    'make.mjs': handler,
    'walk.mjs': 'export default () => { throw new Error("broken on purpose") }',
    'cgi/time': '#!/bin/sh\ndate +%s%N\n',
    'cgi/dies': '#!/bin/sh\nprintf "%0600d" 0\nsleep 0.2\nkill -9 $$\n',
    'files/plain': 'plain',
    'files/default.cfg': 'for everybody',
    'files/00-11-22-33-44-55.cfg': 'not what was meant',
  })
  for (const name of ['time', 'dies']) await chmod(join(site.path, 'cgi', name), 0o755)
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const port = (): number => server.tftp[0]?.port ?? 0
const url = (path: string): string => `http://127.0.0.1:${server.http[0]?.port}${path}`
const read = (name: string, options: readonly string[] = []) => {
  return readByTftp(name, { port: port() }, options)
}

async function runsOf(path: string): Promise<number> {
  const all = (await (await fetch(url('/runs'))).json()) as Record<string, number>
  return all[path] ?? 0
}

describe('one file for many', () => {
  test('200 clients ask at once for a file that is for all, half by HTTP: one run', async () => {
    const path = '/all/wanted-900ms'
    const byTftp = Array.from({ length: 100 }, async () => (await read(path)).bytes.toString())
    const byHttp = Array.from({ length: 100 }, async () => (await fetch(url(path))).text())
    const texts = await Promise.all([...byTftp, ...byHttp])
    assert.deepEqual(new Set(texts), new Set([`${path} run 1 `.repeat(100)]))
    assert.equal(await runsOf(path), 1)
  })

  test('50 addresses ask twice for their own: 50 runs, all at the same time', async () => {
    const path = '/own/each-500ms'
    const asks = Array.from({ length: 100 }, async (_, index) => {
      const from = `127.1.0.${1 + (index % 50)}`
      const { bytes, error } = await readByTftp(path, { port: port(), from })
      assert.equal(error, undefined)
      return `${from} ${bytes.toString('latin1').slice(0, 30)}`
    })
    const texts = await Promise.all(asks)
    assert.equal(new Set(texts).size, 50)
    assert.equal(await runsOf(path), 50)
    assert.equal(await runsOf('most'), 50)
  })

  test('a script that prints the time prints another at the next fetch', async () => {
    const [first, second] = [await read('cgi/time'), await read('cgi/time')]
    assert.match(first.bytes.toString(), /^\d{19}\n$/)
    assert.notEqual(first.bytes.toString(), second.bytes.toString())
  })
})

test("UEFI's size probe and its read see the same bytes, made once", async () => {
  const path = '/own/boot-time'
  const [probe, readRequest] = uefiRequests(path)
  await using first = await RawClient.open()
  first.send(probe, port())
  const oack = await first.reply()
  const size = pairsOf(oack.bytes).find((pair) => pair.startsWith('tsize='))
  first.send(rawRequest(5, Buffer.from([])), oack.port)
  first.send(uefiError(), oack.port)
  const entry = await server.entry((one) => one.path === path)
  assert.equal(entry.outcome, 'probe')
  await using second = await RawClient.open()
  second.send(readRequest, port())
  const { bytes, options } = await receiveFile(second)
  assert.equal(`tsize=${bytes.length}`, size)
  assert.equal(options.join().includes('tsize'), false, 'it was not asked for again')
  assert.equal(await runsOf(path), 1)
  const shared = await server.entry((one) => one.path === path && one.outcome === 'delivered')
  assert.equal(shared.shared, true)
  assert.notEqual((await read(path)).bytes.toString(), bytes.toString())
  assert.equal(await runsOf(path), 2)
})

describe('late', () => {
  test('who gave up and asks again is answered at once; after delivery it is made anew', async () => {
    const path = '/own/slow-1500ms'
    {
      await using gone = await RawClient.open()
      gone.send(rawRequest(1, path, 'octet'), port())
      gone.send(rawRequest(5, Buffer.from([0, 0, 0x78])), port())
    }
    const again = await read(path)
    assert.equal(again.bytes.toString(), `${path} run 1 `.repeat(100))
    assert.equal(await runsOf(path), 1)
    await read(path)
    assert.equal(await runsOf(path), 2)
  })

  test('an HTTP client is told when to come again, and finds the file then', async () => {
    const path = '/own/http-1400ms'
    const first = await fetch(url(path))
    assert.deepEqual([first.status, first.headers.get('retry-after')], [503, '5'])
    const second = await fetch(url(path))
    assert.equal(await second.text(), `${path} run 1 `.repeat(100))
    assert.equal(await runsOf(path), 1)
  })

  test('an HTTP client gets the fallback of a route that has one', async () => {
    const response = await fetch(url('/instead/never'))
    assert.deepEqual([response.status, await response.text()], [200, 'plain'])
  })
})

describe('a TFTP client whose patience ends', { concurrency: true }, () => {
  const bytesOf = async (name: string): Promise<[string, number | undefined]> => {
    const { bytes, error } = await read(name)
    return [bytes.toString(), error]
  }

  test('gets the last file there was, where its route says so', async () => {
    const path = '/hasty/stale/slower'
    assert.deepEqual(await bytesOf(path), ['the first', undefined])
    assert.deepEqual(await bytesOf(path), ['the first', undefined])
    assert.equal(await runsOf(path), 2, 'a new one is being made')
    const entry = await server.entry((one) => one.path === path && one.stale === true)
    assert.deepEqual([entry.late, entry.profile, entry.hold], [true, 'u-boot-lwip', 'silence'])
  })

  test('gets another file, where its route says so', async () => {
    assert.deepEqual(await bytesOf('/hasty/instead/never'), ['plain', undefined])
  })

  test('gets an ERROR, where its route says so', async () => {
    assert.deepEqual(await bytesOf('/hasty/error/never'), ['', 0])
  })
})

describe('a generator that fails', () => {
  const cases: readonly [string, string, number][] = [
    ['before its first byte', '/own/fails-at-once', 0],
    ['after its first block', '/own/fails-later', 0],
    ['by not answering', '/short/never', 0],
    ['by stalling after its first block', '/short/stalls', 0],
    ['by dying', '/cgi/dies', 0],
  ]
  for (const [how, path, code] of cases) {
    test(`${how} is an ERROR, whether or not the size was asked for`, async () => {
      const plain = await read(path)
      assert.equal(plain.error, code)
      const sized = await read(path, ['tsize', '0'])
      assert.deepEqual([sized.error, sized.options], [code, []], 'no OACK came before it')
      const entry = await server.entry((one) => one.path === path)
      assert.equal(entry.outcome, 'failed')
    })
  }

  test('gives the stale file where its headers allowed that', async () => {
    const path = '/own/once'
    assert.equal((await read(path)).bytes.toString(), 'good')
    assert.equal((await read(path)).bytes.toString(), 'good')
    assert.equal(await runsOf(path), 2)
    const entry = await server.entry((one) => one.path === path && one.stale === true)
    assert.equal(entry.outcome, 'delivered')
  })

  test('never lets a device that walks names have the next best file', async () => {
    const { error, bytes } = await read('/walk/00-11-22-33-44-55.cfg')
    assert.deepEqual([error, bytes.length], [0, 0])
    assert.equal((await read('/walk/default.cfg')).bytes.toString(), 'for everybody')
  })
})

test('a changed script and a changed template are seen at once', async () => {
  const script = join(site.path, 'cgi', 'kept')
  const write = (text: string): Promise<void> => {
    const headers = 'Content-Type: text/plain\nCache-Control: max-age=600\n'
    return writeFile(script, `#!/bin/sh\ncat <<END\n${headers}\n${text}\nEND\n`, { mode: 0o755 })
  }
  await write('one')
  assert.equal((await read('cgi/kept')).bytes.toString(), 'one\n')
  await write('two')
  assert.equal((await read('cgi/kept')).bytes.toString(), 'two\n')
})

/** The real requests of a UEFI firmware, with another name. */
function uefiRequests(name: string): [Buffer, Buffer] {
  const text = readFileSync(new URL('../golden/edk2-pxe-silent-15.hex', import.meta.url), 'utf8')
  const requests = parseGoldenFile(text).map(({ bytes }) => Buffer.from(bytes))
  const renamed = requests
    .filter((bytes) => bytes[1] === 1)
    .map((bytes) => {
      const rest = bytes.subarray(bytes.indexOf(0, 2))
      return Buffer.concat([bytes.subarray(0, 2), Buffer.from(name), rest])
    })
  const probe = renamed[0]
  const readRequest = renamed.find((bytes) => !bytes.includes('tsize'))
  assert.ok(probe !== undefined && readRequest !== undefined)
  return [probe, readRequest]
}

function uefiError(): Buffer {
  return Buffer.concat([Buffer.from([0, 5, 0, 8]), Buffer.from('User aborted the transfer\0')])
}
