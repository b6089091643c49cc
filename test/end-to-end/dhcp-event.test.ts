import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: what a DHCP server reports tells who asks, from the next request on. Method: the script of
// the page, called as dnsmasq, dhcpd and Kea call theirs, which tells a server that runs.

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const LISTEN = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0']

let site: TemporaryFolder
let server: ServerProcess
let shownCommand: string

before(async () => {
  site = await writtenFolder({
    'trivet.yaml':
      'identity: { order: [path, event] }\n' +
      'routes: [{ match: /network-confg, template: switch.j2, known: true }]\n',
    'switch.j2': 'hostname {{ device.id }}\n',
  })
  trivet('device', 'add', 'sw-1', '--mac', '02:0a:00:03:04:05')
  const port = await freePort()
  const page = await readFile(new URL('../../docs/identity.md', import.meta.url), 'utf8')
  const own = (text: string): string =>
    text.replace('127.0.0.1:8070', `127.0.0.1:${port}`).replaceAll('/etc/trivet', site.path)
  const [, script = assert.fail()] = /```sh\n(#!\/bin\/sh\n[^]*?)```/.exec(page) ?? []
  await writeFile(hook(), own(script))
  const [, makeHeader = '', asking = ''] =
    /```console\n\$ (printf.*\n)\$ ([^]*?)```/.exec(page) ?? []
  const trivetCommand = `trivet() { '${process.execPath}' '${MAIN}' "$@"; }\n`
  execFileSync('sh', ['-ec', trivetCommand + own(makeHeader)], { cwd: site.path, stdio: 'pipe' })
  shownCommand = own(asking).trim().replace('10.0.0.7', '127.9.0.9')
  await chmod(hook(), 0o755)
  server = await startServerProcess(site.path, [...LISTEN, '--admin', `127.0.0.1:${port}`])
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

function trivet(...args: readonly string[]): void {
  execFileSync(process.execPath, [MAIN, ...args], { cwd: site.path, stdio: 'pipe' })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function hook(): string {
  return join(site.path, 'dhcp-event')
}

/** Runs the script, and what it leaves running, to the end. */
async function report(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await run(hook(), args, { env: { PATH: process.env['PATH'] ?? '', ...env } })
}

async function askedFrom(from: string): Promise<string> {
  const where = { port: server.tftp[0]?.port ?? 0, from }
  const { bytes, error } = await readByTftp('network-confg', where)
  return error === undefined ? bytes.toString() : `ERROR ${error}`
}

const known = 'hostname sw-1\n'
const unknown = 'ERROR 1'

test('the command of the page tells a lease', async () => {
  assert.equal(await askedFrom('127.9.0.9'), unknown)
  const { stdout } = await run('sh', ['-ec', `${shownCommand} -sS -w '%{http_code}'`])
  assert.equal(stdout, '204')
  assert.equal(await askedFrom('127.9.0.9'), known)
})

test('dnsmasq tells a lease and its end', async () => {
  const lease = ['02:0a:00:03:04:05', '127.9.0.1', 'sw-1']
  assert.equal(await askedFrom('127.9.0.1'), unknown)
  await report(['add', ...lease], { DNSMASQ_TIME_REMAINING: '600' })
  assert.equal(await askedFrom('127.9.0.1'), known)
  const { identifiedBy } = await server.entry(({ device }) => device === 'sw-1')
  assert.equal(identifiedBy, 'event')
  await report(['del', ...lease])
  assert.equal(await askedFrom('127.9.0.1'), unknown)
})

test('dhcpd tells a lease, its MAC without leading zeros, and its end', async () => {
  await report(['add', '2:a:0:3:4:5', '127.9.0.2', 'a "name"\n', '600'])
  assert.equal(await askedFrom('127.9.0.2'), known)
  await report(['del', '2:a:0:3:4:5', '127.9.0.2', ''])
  assert.equal(await askedFrom('127.9.0.2'), unknown)
})

test('Kea tells several leases at once, and their ends', async () => {
  const leases = { LEASES4_SIZE: '2', LEASES4_AT0_ADDRESS: '127.9.0.3', LEASES4_AT0_HWADDR: '' }
  await report(['leases4_committed'], {
    ...leases,
    LEASES4_AT1_ADDRESS: '127.9.0.4',
    LEASES4_AT1_HWADDR: '02:0a:00:03:04:05',
    LEASES4_AT1_HOSTNAME: '',
    LEASES4_AT1_VALID_LIFETIME: '600',
  })
  assert.equal(await askedFrom('127.9.0.3'), unknown)
  assert.equal(await askedFrom('127.9.0.4'), known)
  await report(['lease4_expire'], {
    LEASE4_ADDRESS: '127.9.0.4',
    LEASE4_HWADDR: '02:0a:00:03:04:05',
  })
  assert.equal(await askedFrom('127.9.0.4'), unknown)
})

test('an address that has another device is not known any more', async () => {
  await report(['add', '02:0a:00:03:04:05', '127.9.0.5'], { DNSMASQ_TIME_REMAINING: '600' })
  assert.equal(await askedFrom('127.9.0.5'), known)
  await report(['old', '02:0a:00:03:04:99', '127.9.0.5'], { DNSMASQ_TIME_REMAINING: '600' })
  assert.equal(await askedFrom('127.9.0.5'), unknown)
})
