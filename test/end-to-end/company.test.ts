import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readFile, symlink } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Device } from '../../src/inventory/model.ts'
import { parseInventory } from '../../src/store/text/parse-inventory.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { type TemporaryFolder, temporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'

// Goal: the example site serves a company: each of its devices gets its own file under the name
// that its model asks for, by both doors. Method: a copy of the site, its inventory applied to a
// server that runs, every device's file fetched; four of them compared to the byte.

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const inventory = await readFile(`${root}examples/site/inventory.yaml`, 'utf8')
const { records } = parseInventory(inventory, 'inventory.yaml')
const devices = records?.devices ?? []

const NTP: Readonly<Record<string, string>> = {
  'site-oslo': '10.1.0.1',
  'site-bergen': '10.2.0.1',
  'site-london': '10.3.0.1',
}
/** The name under which each model asks, by its bare MAC. */
const NAMES: Readonly<Record<string, (mac: string) => string>> = {
  'model-cisco-7960': (mac) => `/SEP${mac.toUpperCase()}.cnf.xml`,
  'model-yealink-t46': (mac) => `/${mac}.cfg`,
  'model-grandstream-gxp2170': (mac) => `/cfg${mac}.xml`,
  'model-pxe': (mac) => `/pxelinux.cfg/01-${mac.replaceAll(/..(?=.)/g, '$&-')}`,
}
const FILES: Readonly<Record<string, string>> = {
  'oslo-phone-01': `<?xml version="1.0" encoding="UTF-8"?>
<device>
  <deviceLabel>oslo-phone-01</deviceLabel>
  <timeZone>Europe/Oslo</timeZone>
  <ntp>10.1.0.1</ntp>
  <sipProxy transport="udp">sip.oslo.example.net</sipProxy>
  <line index="1">4001</line>
  <line index="2">4100</line>
  <codec>g722</codec>
  <codec>pcma</codec>
  <codec>g729</codec>
</device>
`,
  'oslo-phone-30': `#!version:1.0.0.1
account.1.enable = 1
account.1.label = oslo-phone-30
account.1.user_name = 4022
account.1.sip_server.1.address = sip.oslo.example.net
account.1.sip_server.1.transport_type = 0
local_time.ntp_server1 = 10.1.0.1
local_time.time_zone_name = Europe/Oslo
account.1.codec.1.payload_type = opus
account.1.codec.2.payload_type = g722
account.1.codec.3.payload_type = pcma
phone_setting.lock = 1
`,
  'london-phone-43': `<?xml version="1.0" encoding="UTF-8"?>
<gs_provision version="1">
  <mac>000b82000003</mac>
  <config version="1">
    <P271>1</P271>
    <P270>london-phone-43</P270>
    <P47>sip.london.example.net</P47>
    <P35>4025</P35>
    <P30>10.3.0.1</P30>
    <P246>Europe/London</P246>
    <P1357>pcma</P1357>
  </config>
</gs_provision>
`,
  'bergen-kiosk-08': `DEFAULT kiosk
LABEL kiosk
  KERNEL vmlinuz
  APPEND initrd=initrd.img hostname=bergen-kiosk-08 quiet kiosk.url=http://intranet.example.net/
`,
}

let folder: TemporaryFolder
let server: ServerProcess

before(async () => {
  folder = await temporaryFolder()
  await cp(`${root}examples/site`, folder.path, {
    recursive: true,
    filter: (path) => !path.includes('.trivet'),
  })
  await symlink(`${root}node_modules`, `${folder.path}/node_modules`)
  server = await startServerProcess(folder.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function trivet(...args: readonly string[]): Promise<string> {
  const main = `${root}src/cli/main.ts`
  return (await run(process.execPath, [main, ...args], { cwd: folder.path })).stdout
}

/** The file, or what ERROR there is instead. */
async function byTftp(path: string): Promise<string> {
  const { bytes, error } = await readByTftp(path, { port: server.tftp[0]?.port ?? 0 })
  return error === undefined ? bytes.toString() : `ERROR ${error}`
}

async function byHttp(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.http[0]?.port}${path}`)
  return response.ok ? await response.text() : `status ${response.status}`
}

function nameFor({ classes, macs: [mac = ''] }: Device): string {
  const model = classes.find((name) => NAMES[name] !== undefined) ?? ''
  return NAMES[model]?.(mac.replaceAll(':', '')) ?? assert.fail(`${model} asks for a file`)
}

test('the company has 40 devices, of each model and at each site', () => {
  assert.equal(devices.length, 40)
  const used = new Set(devices.flatMap(({ classes }) => classes))
  for (const name of [...Object.keys(NAMES), ...Object.keys(NTP)]) assert.ok(used.has(name), name)
})

test('a site with an empty inventory serves what is there for everybody', async () => {
  assert.equal(await byTftp('/SEP00260B000001.cnf.xml'), 'ERROR 1')
  assert.match(await byTftp('/phones/SEP00260B000001.cnf.xml'), /<line name="00260B000001"\/>/)
  assert.match(await byTftp('/pxelinux.cfg/01-52-54-00-00-00-08'), /hostname=node-52-54-00/)
})

test('every device of the company gets its own file, by TFTP and by HTTP', async () => {
  await trivet('apply', 'inventory.yaml')
  // The server sees the change of another process within a second: asked until it does.
  const deadline = performance.now() + 20_000
  while ((await byTftp('/805ec0000001.cfg')).startsWith('ERROR')) {
    assert.ok(performance.now() < deadline, server.errorText())
  }
  const seen = new Map<string, string>()
  for (const device of devices) {
    const name = nameFor(device)
    const file = await byTftp(name)
    assert.equal(await byHttp(name), file, name)
    assert.ok(file.includes(device.id), file)
    const site = device.classes.find((one) => NTP[one] !== undefined) ?? ''
    // Machines that boot by PXE are told no time server.
    if (!device.classes.includes('model-pxe')) assert.ok(file.includes(NTP[site] ?? '?'), file)
    seen.set(device.id, file)
  }
  for (const [id, file] of Object.entries(FILES)) assert.equal(seen.get(id), file)
})

test('a device gets no file of another model', async () => {
  assert.equal(await byTftp('/SEP805EC0000001.cnf.xml'), 'ERROR 1')
  assert.equal(await byTftp('/00260b000001.cfg'), 'ERROR 1')
})

test('the inventory comes out as it stands in the file', async () => {
  const written = inventory.replaceAll(/^#.*\n/gm, '')
  assert.equal(await trivet('export'), written)
})
