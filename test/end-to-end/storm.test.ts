import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: when all devices ask at once, each file is made once and each device asks once. Method:
// counts, no times. The clients never repeat themselves, so one lost request would never end.

const DEVICES = 1000
const ADDRESSES = ['127.1.0.1', '127.1.0.2', '127.1.0.3', '127.1.0.4']

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml':
      'routes:\n  - {match: "/boot/{name}", handler: boot.ts, share: device}\n' +
      '  - {match: /runs, handler: boot.ts}\n',
    'boot.ts':
      'let runs = 0\nexport default (_, { path }) => path.text === "/runs"\n' +
      '  ? new Response(String(runs))\n' +
      '  : (runs += 1, new Response(`${path.text}\\n`.repeat(200)))\n',
  })
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

test('a storm of 1,000 devices: each is served at its first request, each file is made once', async () => {
  const port = server.tftp[0]?.port ?? 0
  const reads = Array.from({ length: DEVICES }, async (_, number) => {
    const from = ADDRESSES[number % ADDRESSES.length] ?? '127.0.0.1'
    const { bytes, error } = await readByTftp(`/boot/${number}`, { port, from })
    return error === undefined && bytes.toString() === `/boot/${number}\n`.repeat(200)
  })
  assert.equal((await Promise.all(reads)).filter(Boolean).length, DEVICES)
  const runs = await (await fetch(`http://127.0.0.1:${server.http[0]?.port}/runs`)).text()
  assert.equal(runs, String(DEVICES))
  const entries = server.entries.filter(({ path }) => path.startsWith('/boot/'))
  await server.entry(() => server.entries.filter(({ front }) => front === 'tftp').length >= DEVICES)
  assert.deepEqual(new Set(entries.map(({ outcome }) => outcome)), new Set(['delivered']))
  assert.equal(
    entries.reduce((sum, { repeats = 0 }) => sum + repeats, 0),
    0,
  )
})
