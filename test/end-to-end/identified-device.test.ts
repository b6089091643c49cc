import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a device that asks for a name that everybody asks for gets its own file. Method: a server
// with a lease file, and clients at several addresses of the loopback.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const UNTIL = 4_000_000_000

let site: TemporaryFolder
let server: ServerProcess

function lease(address: string, mac: string): string {
  return `${UNTIL} ${mac} ${address} * *\n`
}

before(async () => {
  site = await writtenFolder({
    'trivet.yaml':
      'identity:\n  leases: [dnsmasq.leases]\nroutes:\n' +
      '  - {match: /network-confg, template: switch.j2, known: true, share: all}\n',
    'switch.j2': 'hostname {{ device.id }}\nvlan {{ values.vlan }}\n',
    'dnsmasq.leases': lease('127.1.0.1', '02:00:00:00:00:01'),
  })
  const devices = ['a', 'b'].map((id, index) => `  ${id}: {macs: [02000000000${index + 1}]}`)
  await writeFile(join(site.path, 'i.yaml'), `devices:\n${devices.join('\n')}\n`)
  for (const args of [
    ['apply', 'i.yaml'],
    ['device', 'set', 'a', 'vlan=10'],
    ['device', 'set', 'b', 'vlan=20', '--address', '127.1.0.9'],
  ]) {
    execFileSync(process.execPath, [MAIN, ...args], { cwd: site.path, stdio: 'pipe' })
  }
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function askedFrom(from: string): Promise<string> {
  const where = { port: server.tftp[0]?.port ?? 0, from }
  const { bytes, error } = await readByTftp('network-confg', where)
  return error === undefined ? bytes.toString() : `ERROR ${error}`
}

test('a device is known by its lease, and the journal says so', async () => {
  assert.equal(await askedFrom('127.1.0.1'), 'hostname a\nvlan 10\n')
  const entry = await server.entry(({ device }) => device === 'a')
  assert.equal(entry.identifiedBy, 'lease')
})

test("a device is known by its own address, and gets nobody else's file of a shared route", async () => {
  assert.equal(await askedFrom('127.1.0.9'), 'hostname b\nvlan 20\n')
  assert.equal(await askedFrom('127.1.0.1'), 'hostname a\nvlan 10\n')
})

test('nobody knows who asks from elsewhere', async () => {
  assert.equal(await askedFrom('127.1.0.3'), 'ERROR 1')
})

test('a lease that changes hands is seen', async () => {
  const file = join(site.path, 'dnsmasq.leases')
  await writeFile(`${file}.new`, lease('127.1.0.1', '02:00:00:00:00:02'))
  await rename(`${file}.new`, file)
  while ((await askedFrom('127.1.0.1')) !== 'hostname b\nvlan 20\n') {
    await new Promise((resolve) => setImmediate(resolve))
  }
})
