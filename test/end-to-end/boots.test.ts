import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { loadSite } from '../../src/config/load.ts'
import type { Boot } from '../../src/observe/fold-boots.ts'
import { journalEntry } from '../../src/testing/journal-entry.ts'
import { RawClient } from '../../src/testing/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp, receiveFile } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a boot is one line of the log, and can be told from there or from the server itself.
// Method: the requests of a real PXELINUX, byte for byte, and a phone's, against a server as users
// run it.

const root = resolve(import.meta.dirname, '../..')
const MAIN = join(root, 'src/cli/main.ts')
const PXE = '127.3.0.1'
const PHONE = '127.3.0.2'

let site: TemporaryFolder
let server: ServerProcess
/** All that the server printed. */
let log = ''

before(async () => {
  site = await writtenFolder({
    'trivet.yaml':
      'expectedMisses: ["/{mac}.boot", "/common.boot"]\nroutes:\n  - {match: "/{path...}", static: files}\n',
    'files/pxelinux.0': 'loader\n',
    'files/ldlinux.c32': 'module\n',
    'files/pxelinux.cfg/default': 'DEFAULT mt86\n',
    'files/mt86': 'kernel\n',
    'files/805ec0000001.cfg': 'phone\n',
  })
  const ports = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  server = await startServerProcess(site.path, ports)
  server.process.stdout?.on('data', (bytes: Buffer) => (log += bytes.toString()))
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

/** The RRQs of the recorded PXELINUX, in order. */
async function recordedRequests(): Promise<Buffer[]> {
  const text = await readFile(join(root, 'test/golden/pxelinux.hex'), 'utf8')
  return [...text.matchAll(/ > \S+:69 (0001[0-9a-f]+)$/gm)].map(([, hex = '']) => {
    return Buffer.from(hex, 'hex')
  })
}

function tftpPort(): number {
  return server.tftp[0]?.port ?? 0
}

interface Run {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function trivet(...args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [MAIN, ...args], (_error, stdout, stderr) => {
      done({ status: child.exitCode ?? -1, stdout, stderr })
    })
    child.stdin?.end()
  })
}

async function bootsOf(...args: readonly string[]): Promise<readonly Boot[]> {
  const { stdout, stderr } = await trivet('boots', '--json', ...args)
  assert.equal(stderr, '')
  return (JSON.parse(stdout) as { readonly boots: readonly Boot[] }).boots
}

async function writtenLog(): Promise<string> {
  const file = join(site.path, 'trivet.log')
  await writeFile(file, `no json\n${log}`)
  return file
}

test('the boot of a recorded PXELINUX is one line', async () => {
  const answers: (number | undefined)[] = []
  for (const request of await recordedRequests()) {
    await using client = await RawClient.open(PXE)
    client.send(request, tftpPort())
    answers.push((await receiveFile(client)).error)
  }
  const missed = Array.from({ length: 9 }, () => 1)
  assert.deepEqual(answers, [undefined, undefined, ...missed, undefined, undefined])
  await server.entry(({ path }) => path === '/mt86')
  await server.logged(/^127\.3\.0\.1: asked 9 names, got the 10th: \/pxelinux\.cfg\/default$/)
  assert.equal(log.match(/127\.3\.0\.1: asked/g)?.length, 1)
  const logged = server.entries.filter(({ client }) => client.address === PXE)
  assert.deepEqual(
    logged.map(({ path }) => path),
    ['/pxelinux.0', '/ldlinux.c32', '/pxelinux.cfg/default', '/mt86'],
  )
})

test('misses that the site expects are quiet, others are not', async () => {
  const where = { port: tftpPort(), from: PHONE }
  for (const name of ['805ec0000001.boot', 'common.boot', 'other.boot']) {
    assert.equal((await readByTftp(name, where)).error, 1)
  }
  await readByTftp('805ec0000001.cfg', where)
  await server.logged(/^127\.3\.0\.2: asked 3 names, got the 4th: \/805ec0000001\.cfg$/)
  const logged = server.entries.filter(({ client }) => client.address === PHONE)
  assert.deepEqual(
    logged.map(({ path, outcome }) => `${path} ${outcome}`),
    ['/other.boot missing', '/805ec0000001.cfg delivered'],
  )
})

test('trivet boots tells the same from the log and from the server', async () => {
  const fromLog = await bootsOf(await writtenLog())
  const live = await bootsOf('--live', '--site', site.path)
  assert.deepEqual(
    live.map(({ client, requestCount, missedCount, expectedCount, gotCount, search }) => {
      return { client, requestCount, missedCount, expectedCount, gotCount, search }
    }),
    [
      {
        client: PXE,
        requestCount: 13,
        missedCount: 9,
        expectedCount: 9,
        gotCount: 4,
        search: { missedCount: 9, got: '/pxelinux.cfg/default' },
      },
      {
        client: PHONE,
        requestCount: 4,
        missedCount: 3,
        expectedCount: 2,
        gotCount: 1,
        search: { missedCount: 3, got: '/805ec0000001.cfg' },
      },
    ],
  )
  const asked = (boots: readonly Boot[]): unknown =>
    boots.map(({ steps }) =>
      steps.map(({ path, outcome, isExpected }) => [path, outcome, isExpected]),
    )
  assert.deepEqual(asked(fromLog), asked(live))
})

test('trivet boots prints a row for each boot, and a time line for a device', async () => {
  const file = await writtenLog()
  const { stdout } = await trivet('boots', file)
  const [head, ...rows] = stdout.trimEnd().split('\n')
  assert.match(head ?? '', /^at +client +device +missed +got +failed +took +found$/)
  assert.match(
    rows[0] ?? '',
    /127\.3\.0\.1 +- +9 \(9 expected\) +4 +0 .+ \/pxelinux\.cfg\/default$/,
  )
  assert.match(rows[1] ?? '', /127\.3\.0\.2 +- +3 \(2 expected\) +1 +0 .+ \/805ec0000001\.cfg$/)
  assert.equal(rows.length, 2)
  const { stdout: line } = await trivet('boots', file, '--device', PHONE)
  assert.match(line, /^20\S+ in \S+ s, 127\.3\.0\.2: asked 3 names, got the 4th: \/8\S+cfg\n/)
  assert.match(line, /\n +\+0\.\d\d s +tftp +RRQ +\/805ec0000001\.boot +missing, expected +0 /)
  assert.match(line, /\n +\+0\.\d\d s +tftp +RRQ +\/other\.boot +missing +0 /)
  assert.match(line, /\n +\+0\.\d\d s +tftp +RRQ +\/805ec0000001\.cfg +delivered +6 /)
  assert.equal((await bootsOf(file, '--limit', '1'))[0]?.client, PHONE)
  assert.equal((await trivet('boots', file, '--device', 'x')).stdout, 'Nothing from x\n')
})

test('trivet boots says what is wrong with its arguments', async () => {
  const both = await trivet('boots', 'a.log', '--live')
  assert.deepEqual([both.status, both.stdout], [2, ''])
  assert.match(both.stderr, /Found a log and --live, one of them is needed/)
  const state = join(site.path, 'nobody')
  const nobody = await trivet('boots', '--live', '--site', site.path, '--state', state)
  assert.equal(nobody.status, 3)
  assert.match(nobody.stderr, /no server runs for this site/)
  assert.match((await trivet('boots')).stdout, /^No requests in this log/)
})

test('docs/boots.md shows what is printed', async () => {
  const device = 'phone-21'
  const change = { address: '10.0.0.9', device }
  const entries = [
    journalEntry('/805ec0000001.boot', 'missing', { ...change, isExpected: true }),
    journalEntry('/y000000000000.boot', 'missing', {
      address: '10.0.0.9',
      atMs: 60,
      isExpected: true,
    }),
    journalEntry('/805ec0000001.cfg', 'delivered', {
      ...change,
      atMs: 120,
      bytes: 2140,
      durationMs: 14,
    }),
    journalEntry('/T46S.rom', 'delivered', {
      ...change,
      front: 'http',
      method: 'GET',
      atMs: 300,
      bytes: 31_457_280,
      durationMs: 8412,
    }),
  ]
  const file = join(site.path, 'page.log')
  await writeFile(file, entries.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const page = await readFile(join(root, 'docs/boots.md'), 'utf8')
  const shown = [...page.matchAll(/```console\n\$ trivet boots trivet\.log(.*)\n([^]*?)```/g)]
  assert.equal(shown.length, 2)
  for (const [, options = '', printed] of shown) {
    const words = options.split(' ').filter(Boolean)
    assert.equal((await trivet('boots', file, ...words)).stdout, printed)
  }
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
