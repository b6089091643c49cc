import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  cabled,
  type CabledNamespaces,
  cableNamespaces,
  withoutNamespaces,
} from '../../src/testing/cabled-namespaces.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a device that asks for a name that all devices ask for gets its own file, whatever tells
// who it is. Method: a server with the lease files of three DHCP servers as those wrote them, and
// one at the other end of a cable.

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Of ISC dhcpd 4.4.3, with blocks that its configuration has it write. */
const dhcpd = `# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\0012\\227\\025\\356\\332L\\210\\023XO";

lease 127.8.0.1 {
  starts 1 2026/11/23 15:19:14;
  ends 1 2096/11/23 15:29:14;
  cltt 1 2026/11/23 15:19:14;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 02:00:00:00:00:01;
  uid "\\001\\002\\012\\000\\003\\004\\005";
  set vendor-class-identifier = "udhcp 1.35.0";
  client-hostname "somebody";
  on release {
    execute ("/usr/bin/logger", "released", "");
  }
}
`
/** Of Kea 2.2.0. */
const keaHead =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n'
const keaRow = '127.8.0.2,02:00:00:00:00:02,01:02:00:00:00:00:02,600,4000000000,1,0,0,somebody,0,\n'
/** Of dnsmasq 2.90. */
const dnsmasq = '4000000000 02:00:00:00:00:03 127.8.0.3 somebody 01:02:00:00:00:00:03\n'

const leases = {
  dhcpd: { file: 'dhcpd.leases', from: '127.8.0.1', device: 'switch-1' },
  kea: { file: 'kea-leases4.csv', from: '127.8.0.2', device: 'switch-2' },
  dnsmasq: { file: 'dnsmasq.leases', from: '127.8.0.3', device: 'switch-3' },
} as const

let site: TemporaryFolder

before(async () => {
  const files = Object.values(leases).map(({ file }) => file)
  site = await writtenFolder({
    'trivet.yaml':
      `identity: { leases: [${files.join(', ')}] }\n` +
      'routes: [{ match: /network-confg, template: switch.j2, known: true, share: all }]\n',
    'switch.j2': 'hostname {{ device.id }}\n',
    'dhcpd.leases': dhcpd,
    'kea-leases4.csv': keaHead + keaRow,
    'dnsmasq.leases': dnsmasq,
  })
  const macs = ['00:00:01', '00:00:02', '00:00:03', '00:00:c1']
  for (const [index, mac] of macs.entries()) {
    const args = ['device', 'add', `switch-${index + 1}`, '--mac', `02:00:00:${mac}`]
    execFileSync(process.execPath, [MAIN, ...args], { cwd: site.path, stdio: 'pipe' })
  }
})

after(() => site[Symbol.asyncDispose]())

describe('a device that asks for network-confg', () => {
  let server: ServerProcess

  before(async () => {
    server = await startServerProcess(site.path)
  })

  after(() => server[Symbol.asyncDispose]())

  async function askedFrom(from: string): Promise<string> {
    const where = { port: server.tftp[0]?.port ?? 0, from }
    const { bytes, error } = await readByTftp('network-confg', where)
    return error === undefined ? bytes.toString() : `ERROR ${error}`
  }

  for (const [format, { from, device }] of Object.entries(leases)) {
    test(`is known by a lease of ${format}, by TFTP and by HTTP`, async () => {
      assert.equal(await askedFrom(from), `hostname ${device}\n`)
      const url = `http://127.0.0.1:${server.http[0]?.port}/network-confg`
      const { stdout } = await run('curl', ['-sS', '-f', '--interface', from, url])
      assert.equal(stdout, `hostname ${device}\n`)
      for (const front of ['tftp', 'http']) {
        const found = await server.entry((one) => one.device === device && one.front === front)
        assert.deepEqual([found.identifiedBy, found.client.address], ['lease', from])
      }
    })
  }

  test('is not known from elsewhere, until its server has leased it that address', async () => {
    assert.equal(await askedFrom('127.8.0.9'), 'ERROR 1')
    await appendFile(join(site.path, 'kea-leases4.csv'), keaRow.replace('.2,', '.9,'))
    while ((await askedFrom('127.8.0.9')) !== 'hostname switch-2\n') {
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
})

describe('a device at the other end of a cable', { skip: withoutNamespaces() }, () => {
  let namespaces: CabledNamespaces
  let server: ServerProcess

  before(async () => {
    namespaces = cableNamespaces()
    const { ipv4, ipv6 } = cabled.server
    const tftp = ['--tftp', `${ipv4}:69`, '--tftp', `[${ipv6}]:69`]
    const http = ['--http', `${ipv4}:80`, '--http', `[${ipv6}]:80`]
    const args = [...tftp, ...http, '--admin', 'none']
    server = await startServerProcess(site.path, args, {}, namespaces.inServer)
  })

  after(async () => {
    await server?.[Symbol.asyncDispose]()
    namespaces?.[Symbol.dispose]()
  })

  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const scheme of ['tftp', 'http']) {
      test(`is known by its neighbour table, by ${scheme} over ${family}`, async () => {
        const to = cabled.server[family]
        const url = `${scheme}://${family === 'ipv6' ? `[${to}]` : to}/network-confg`
        const command = [...namespaces.inClient, 'curl', '-sS', '-g', url]
        const { stdout } = await run(command[0] ?? '', command.slice(1))
        assert.equal(stdout, 'hostname switch-4\n')
        const from = cabled.client[family]
        const found = await server.entry(
          ({ client, front }) => client.address === from && front === scheme,
        )
        assert.deepEqual([found.device, found.identifiedBy], ['switch-4', 'neighbour'])
      })
    }
  }
})
