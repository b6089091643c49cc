import assert from 'node:assert/strict'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadSite } from '../../src/config/load.ts'
import { type Identity, openIdentity } from '../../src/identity/open-identity.ts'
import { resolveIdentity } from '../../src/identity/resolve-identity.ts'
import { DeviceIndex } from '../../src/inventory/identify.ts'
import type { Device } from '../../src/inventory/model.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: a device is known though the name that it asks for is the same for all. Method: a site as
// it is written, a lease file as dnsmasq writes it, and requests with nothing else to go by.

function device(id: string, own: Partial<Device>): Device {
  return { id, state: 'active', macs: [], addresses: [], classes: [], values: {}, ...own }
}

const index = new DeviceIndex([
  device('desk-1', { macs: ['02:00:00:00:00:01'] }),
  device('desk-2', { macs: ['02:00:00:00:00:02'], addresses: ['192.0.2.2'] }),
  device('switch', { serial: 'WTW23490441' }),
])

let folder: TemporaryFolder
let identity: Identity

before(async () => {
  folder = await writtenFolder({
    'trivet.yaml': 'identity: { leases: [dnsmasq.leases] }\nroutes: [{ match: /a, static: . }]\n',
    'dnsmasq.leases': '0 02:00:00:00:00:01 192.0.2.1 * *\n',
  })
  const { site } = await loadSite(folder.path)
  identity = await openIdentity(site.identity, silentLog())
})

after(async () => {
  await identity.close()
  await folder[Symbol.asyncDispose]()
})

function whoAsks(
  clientAddress: string,
  {
    headers = {},
    params = {},
  }: { headers?: Record<string, string>; params?: Record<string, string> } = {},
): readonly (string | undefined)[] {
  const findings = identity.find({ clientAddress, headers: new Headers(headers), params })
  const { device: found, by } = resolveIdentity(findings, index)
  return [found?.id, by]
}

test('a device is known by its lease, by its address, by what it says, and by the name', () => {
  assert.deepEqual(whoAsks('192.0.2.1'), ['desk-1', 'lease'])
  assert.deepEqual(whoAsks('192.0.2.2'), ['desk-2', 'address'])
  const headers = { 'X-Arista-Serial': 'wtw23490441' }
  assert.deepEqual(whoAsks('192.0.2.7', { headers }), ['switch', 'header'])
  const params = { mac: '02:00:00:00:00:02' }
  assert.deepEqual(whoAsks('192.0.2.1', { params }), ['desk-2', 'path'])
  assert.deepEqual(whoAsks('192.0.2.7'), [undefined, undefined])
})

test('an event of the DHCP server counts before its lease file', () => {
  const expiresAt = Date.now() + 3_600_000
  identity.event({ ip: '192.0.2.1', mac: '02:00:00:00:00:02', expiresAt })
  assert.deepEqual(whoAsks('192.0.2.1'), ['desk-2', 'event'])
  identity.event({ ip: '192.0.2.1', mac: '02:00:00:00:00:02', expiresAt: 0 })
  assert.deepEqual(whoAsks('192.0.2.1'), ['desk-1', 'lease'])
})

test('a stranger with the address of a device is nobody, as soon as the lease is written', async () => {
  await appendFile(join(folder.path, 'dnsmasq.leases'), '0 02:00:00:00:00:99 192.0.2.2 * *\n')
  const deadline = Date.now() + 20_000
  while (whoAsks('192.0.2.2')[0] !== undefined && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(whoAsks('192.0.2.2'), [undefined, undefined])
})

test('docs/identity.md shows a configuration that loads', async () => {
  const page = await readFile(new URL('../../docs/identity.md', import.meta.url), 'utf8')
  const [, yaml = assert.fail()] = /```yaml\n([^]*?)```/.exec(page) ?? []
  await using shown = await writtenFolder({ 'trivet.yaml': yaml, 'startup.cfg.j2': 'hello\n' })
  const { site, warnings } = await loadSite(shown.path)
  assert.deepEqual(
    [site.identity.leases.map(({ format }) => format), warnings],
    [['dhcpd', 'dnsmasq'], []],
  )
  const names = [...page.matchAll(/^\| ([a-z]+) \| .* \| .* \|$/gm)].map(([, name]) => name)
  assert.deepEqual(names.slice(0, site.identity.order.length), site.identity.order)
})

test('only the finders that the configuration names are asked', async () => {
  const only = await openIdentity({ order: ['path', 'agent'], leases: [] }, silentLog())
  const headers = new Headers({ 'user-agent': 'Yealink SIP-T46S 66.86.0.15 02:00:00:00:00:01' })
  const findings = only.find({ clientAddress: '192.0.2.2', headers, params: { name: 'desk-2' } })
  assert.deepEqual(
    findings.map(({ finder }) => finder),
    ['path', 'agent'],
  )
  await only.close()
})
