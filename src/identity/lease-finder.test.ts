import assert from 'node:assert/strict'
import { appendFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { type Log, silentLog } from '../observe/log.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { writtenFolder } from '../testing/written-folder.ts'
import { LeaseFile } from './lease-file.ts'
import { FollowedLeases } from './lease-finder.ts'
import { dhcpdLeases } from './dhcpd-leases.ts'

// Goal: what a DHCP server writes is known soon after, however it writes. Method: real files in a
// folder, changed as dhcpd, Kea and dnsmasq change theirs; asked until the answer is there.

const NEVER = 4_102_444_800

function block(ip: string, mac: string): string {
  return `lease ${ip} {\n  binding state active;\n  hardware ethernet ${mac};\n}\n`
}

function macOf(leases: FollowedLeases, clientAddress: string): string | undefined {
  const asked = { clientAddress, headers: new Headers(), params: {} }
  return leases.find(asked, Date.now())[0]?.evidence.mac
}

/** Asks until the answer is there, or for 20 s. */
async function becomes(ask: () => unknown, expected: unknown): Promise<void> {
  const deadline = Date.now() + 20_000
  while (ask() !== expected && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(ask(), expected)
}

function noting(lines: string[]): Log {
  const write = (line: string): void => void lines.push((JSON.parse(line) as { msg: string }).msg)
  return pino({ base: null }, { write })
}

test('FollowedLeases reads a file that comes later, grows, is replaced and truncated', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'dhcpd.leases')
  const said: string[] = []
  const leases = await FollowedLeases.open({ file, format: 'dhcpd' }, noting(said))
  try {
    assert.deepEqual(said, [`no lease file ${file} yet: it is read when it is there`])
    const first = '02:00:00:00:00:01'
    await writeFile(file, block('10.0.0.1', first))
    await becomes(() => macOf(leases, '10.0.0.1'), first)
    const second = '02:00:00:00:00:02'
    await appendFile(file, block('10.0.0.2', second))
    await becomes(() => macOf(leases, '10.0.0.2'), second)
    assert.equal(macOf(leases, '::ffff:10.0.0.1'), first)
    await writeFile(`${file}~`, block('10.0.0.2', first))
    await rename(`${file}~`, file)
    await becomes(() => macOf(leases, '10.0.0.2'), first)
    assert.equal(macOf(leases, '10.0.0.1'), undefined)
    await truncate(file, 0)
    await becomes(() => macOf(leases, '10.0.0.2'), undefined)
    await appendFile(file, block('10.0.0.3', second))
    await becomes(() => macOf(leases, '10.0.0.3'), second)
    await rm(file)
    await becomes(() => macOf(leases, '10.0.0.3'), undefined)
  } finally {
    await leases.close()
  }
})

test('FollowedLeases reads a file in a folder that is made later', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'dhcp', 'dnsmasq.leases')
  const leases = await FollowedLeases.open({ file, format: 'dnsmasq' }, silentLog())
  try {
    await mkdir(join(folder.path, 'dhcp'))
    await writeFile(file, `${NEVER} 02:00:00:00:00:01 10.0.0.1 * *\n`)
    await becomes(() => macOf(leases, '10.0.0.1'), '02:00:00:00:00:01')
    await writeFile(file, `${NEVER} 02:00:00:00:00:02 10.0.0.1 * *\n`)
    await becomes(() => macOf(leases, '10.0.0.1'), '02:00:00:00:00:02')
  } finally {
    await leases.close()
  }
})

test('FollowedLeases knows Kea’s leases while it cleans up, and those that were given back', async () => {
  const head = 'address,hwaddr,valid_lifetime,expire,hostname,state\n'
  await using folder = await writtenFolder({
    'kea-leases4.csv': `${head}10.0.0.1,02:00:00:00:00:01,3600,${NEVER},,0\n10.0.0.2,02:00:00:00:00:02,3600,${NEVER},,0\n`,
  })
  const file = join(folder.path, 'kea-leases4.csv')
  const leases = await FollowedLeases.open({ file, format: 'kea' }, silentLog())
  try {
    await rename(file, `${file}.1`)
    await writeFile(file, `${head}10.0.0.2,02:00:00:00:00:02,0,${NEVER},,0\n`)
    await becomes(() => macOf(leases, '10.0.0.2'), undefined)
    assert.equal(macOf(leases, '10.0.0.1'), '02:00:00:00:00:01')
  } finally {
    await leases.close()
  }
})

test('FollowedLeases finds nothing in a lease that has ended', async () => {
  await using folder = await writtenFolder({ leases: '1000 02:00:00:00:00:01 10.0.0.1 * *\n' })
  const file = join(folder.path, 'leases')
  const leases = await FollowedLeases.open({ file, format: 'dnsmasq' }, silentLog())
  await leases.close()
  const asked = { clientAddress: '10.0.0.1', headers: new Headers(), params: {} }
  assert.equal(leases.find(asked, 999_999).length, 1)
  assert.equal(leases.find(asked, 1_000_000).length, 0)
})

test('LeaseFile reads only what was appended, and all when what it has read was changed', async () => {
  const text = block('10.0.0.1', '02:00:00:00:00:01')
  await using folder = await writtenFolder({ leases: text })
  const path = join(folder.path, 'leases')
  const file = new LeaseFile({ path, format: dhcpdLeases, isAppended: true }, silentLog())
  assert.equal(await file.update(), text.length)
  assert.equal(await file.update(), 0)
  const more = block('10.0.0.2', '02:00:00:00:00:02')
  // As a server that is in the midst of a block.
  await appendFile(path, more.slice(0, 70))
  assert.equal(await file.update(), 70)
  await appendFile(path, more.slice(70))
  assert.equal(await file.update(), more.length - 70)
  assert.equal(file.table?.get('10.0.0.2')?.mac, '02:00:00:00:00:02')
  const other = block('10.0.0.3', '02:00:00:00:00:03').repeat(9)
  await writeFile(path, other)
  assert.equal(await file.update(), other.length)
  assert.equal(file.table?.get('10.0.0.1'), undefined)
  const altered = other.replace('10.0.0.3', '10.0.0.4')
  await writeFile(path, altered)
  assert.equal(await file.update(), altered.length)
  assert.equal(file.table?.get('10.0.0.4')?.mac, '02:00:00:00:00:03')
})

test('LeaseFile says once where the first bad line is, and goes on', async () => {
  const bad = `}\nlease 10.0.0.300 {\n}\n`
  await using folder = await writtenFolder({
    leases: `#\n${bad}${block('10.0.0.1', '02:00:00:00:00:01')}`,
  })
  const path = join(folder.path, 'leases')
  const said: string[] = []
  const file = new LeaseFile({ path, format: dhcpdLeases, isAppended: true }, noting(said))
  await file.update()
  await appendFile(path, bad)
  await file.update()
  assert.deepEqual(said, [`cannot use ${path}:2 and 1 more: "}" is no lease`])
  assert.equal(file.table?.get('10.0.0.1')?.mac, '02:00:00:00:00:01')
})

test('LeaseFile reads neither folders nor what is over its limit, and says so once', async () => {
  await using folder = await writtenFolder({ leases: 'x'.repeat(100) })
  const path = join(folder.path, 'leases')
  const said: string[] = []
  const traits = { format: dhcpdLeases, isAppended: true, bytesMax: 99 }
  const file = new LeaseFile({ path, ...traits }, noting(said))
  await file.update()
  await file.update()
  await new LeaseFile({ path: folder.path, ...traits }, noting(said)).update()
  assert.deepEqual(said, [
    `cannot read ${path}: it has 100 bytes, the limit is 99`,
    `cannot read ${folder.path}: it is no file`,
  ])
})
