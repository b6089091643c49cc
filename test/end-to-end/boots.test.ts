import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { loadSite } from '../../src/config/load.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a boot is one line of the log. Method: the names that a real PXELINUX asked for, and a
// phone's, against a server as users run it.

const root = resolve(import.meta.dirname, '../..')
const MAIN = join(root, 'src/cli/main.ts')

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml':
      'expectedMisses: ["/{mac}.boot", "/common.boot"]\nroutes:\n  - {match: "/{path...}", static: files}\n',
    'files/pxelinux.cfg/default': 'DEFAULT linux\n',
    'files/805ec0000001.cfg': 'phone\n',
  })
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

/** The names below `pxelinux.cfg` that the recorded PXELINUX asked for, in order, each once. */
async function recordedNames(): Promise<string[]> {
  const text = await readFile(join(root, 'test/golden/pxelinux.hex'), 'utf8')
  const asked = [...text.matchAll(/ > \S+ 0001([0-9a-f]+)$/gm)].flatMap(([, hex = '']) => {
    const [name = ''] = Buffer.from(hex, 'hex').toString('latin1').split('\0')
    return /pxelinux\.cfg\/.*/.exec(name) ?? []
  })
  return [...new Set(asked)]
}

test('the walk of PXELINUX is one line', async () => {
  const names = await recordedNames()
  assert.equal(names.at(-1), 'pxelinux.cfg/default')
  assert.ok(names.length > 8, names.join())
  const where = { port: server.tftp[0]?.port ?? 0, from: '127.3.0.1' }
  for (const name of names.slice(0, -1)) assert.equal((await readByTftp(name, where)).error, 1)
  assert.equal((await readByTftp('pxelinux.cfg/default', where)).error, undefined)
  const count = names.length - 1
  await server.logged(
    new RegExp(
      `^127\\.3\\.0\\.1: asked ${count} names, got the ${count + 1}th: /pxelinux.cfg/default$`,
    ),
  )
  const logged = server.entries.filter(({ client }) => client.address === '127.3.0.1')
  assert.deepEqual(
    logged.map(({ path }) => path),
    ['/pxelinux.cfg/default'],
  )
})

test('misses that the site expects are quiet, others are not', async () => {
  const where = { port: server.tftp[0]?.port ?? 0, from: '127.3.0.2' }
  for (const name of ['805ec0000001.boot', 'common.boot', 'other.boot']) {
    assert.equal((await readByTftp(name, where)).error, 1)
  }
  await readByTftp('805ec0000001.cfg', where)
  await server.logged(/^127\.3\.0\.2: asked 3 names, got the 4th: \/805ec0000001\.cfg$/)
  const logged = server.entries.filter(({ client }) => client.address === '127.3.0.2')
  assert.deepEqual(
    logged.map(({ path, outcome }) => `${path} ${outcome}`),
    ['/other.boot missing', '/805ec0000001.cfg delivered'],
  )
})

test('trivet boots lists what the log says', async () => {
  const boot = { at: '2026-01-01T00:00:00.000Z', client: '10.0.0.7', missed: ['/a', '/b'] }
  const line = {
    level: 30,
    msg: 'x',
    boot: { ...boot, missedCount: 2, got: '/c', durationMs: 400 },
  }
  const log = join(site.path, 'trivet.log')
  await writeFile(log, `no json\n{"level":30}\n${JSON.stringify(line)}\n`)
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [MAIN, 'boots', log])
  assert.equal(
    stdout,
    '2026-01-01T00:00:00.000Z in 0.4 s, 10.0.0.7: asked 2 names, got the 3rd: /c\n    not /a\n    not /b\n',
  )
  const { stdout: json } = await run(process.execPath, [MAIN, 'boots', log, '--json'])
  assert.deepEqual(JSON.parse(json), { boots: [line.boot] })
})

test('docs/boots.md shows expected misses that load', async () => {
  const page = await readFile(join(root, 'docs/boots.md'), 'utf8')
  const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(page) ?? []
  await using folder = await writtenFolder({
    'trivet.yaml': `${yaml}routes:\n  - {match: "/{path...}", static: .}\n`,
  })
  const loaded = await loadSite(folder.path)
  assert.equal(loaded.site.expectedMisses.length, 3)
})
