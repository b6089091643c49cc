import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { DatagramTransport } from '../base/datagram.ts'
import { buildAddon } from '../testing/built-addon.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openTransport, type TransportChoice } from './open-transport.ts'

const { path, needsAddon } = buildAddon()
const MISSING = '/nowhere/trivet-batch.node'

test('openTransport takes the batch transport where its addon loads', needsAddon, async (t) => {
  for (const name of ['', 'batch']) {
    const { transport, warnings } = await openNamed(t, { name, addonPath: path })
    assert.equal(transport.constructor.name, 'BatchTransport')
    assert.deepEqual(warnings, [])
  }
})

test('openTransport takes node:dgram when told to', async (t) => {
  const { transport, warnings } = await openNamed(t, { name: 'dgram', addonPath: path })
  assert.equal(transport.constructor.name, 'DgramTransport')
  assert.deepEqual(warnings, [])
})

test('openTransport takes node:dgram when the addon is missing, and says so in one line', async (t) => {
  const { transport, warnings, debugged } = await openNamed(t, { name: '', addonPath: MISSING })
  assert.equal(transport.constructor.name, 'DgramTransport')
  const told = process.platform === 'linux' ? warnings : debugged
  assert.deepEqual(
    told.filter((line) => line.includes('batch')),
    [`Datagrams are sent one by one, for there is no batch transport: ${MISSING} was not built`],
  )
})

test('openTransport takes node:dgram when the addon cannot be loaded', async (t) => {
  await using folder = await temporaryFolder()
  const addonPath = join(folder.path, 'broken.node')
  await writeFile(addonPath, 'not a library')
  const { transport, warnings, debugged } = await openNamed(t, { name: '', addonPath })
  assert.equal(transport.constructor.name, 'DgramTransport')
  const line = [...warnings, ...debugged].find((told) => told.includes('batch')) ?? ''
  assert.match(line, /broken\.node/)
  assert.ok(!line.includes('\n'))
})

test('openTransport rejects when the batch transport is asked for and missing', async (t) => {
  await assert.rejects(openNamed(t, { name: 'batch', addonPath: MISSING }), {
    message: `Cannot use the batch transport: ${MISSING} was not built`,
  })
})

test('openTransport rejects a name it does not know', async (t) => {
  await assert.rejects(openNamed(t, { name: 'fast' }), {
    name: 'RangeError',
    message: 'Cannot accept TRIVET_TRANSPORT "fast": it is "batch" or "dgram"',
  })
})

test('openTransport reads its choice from TRIVET_TRANSPORT', async (t) => {
  const before = process.env['TRIVET_TRANSPORT']
  t.after(() => {
    if (before === undefined) delete process.env['TRIVET_TRANSPORT']
    else process.env['TRIVET_TRANSPORT'] = before
  })
  process.env['TRIVET_TRANSPORT'] = 'carrier pigeon'
  await assert.rejects(openNamed(t, {}), /"carrier pigeon"/)
})

interface Opened {
  readonly transport: DatagramTransport
  readonly warnings: readonly string[]
  readonly debugged: readonly string[]
}

async function openNamed(t: TestContext, choice: TransportChoice): Promise<Opened> {
  const warnings: string[] = []
  const debugged: string[] = []
  const options = {
    listen: [{ address: '127.0.0.1', port: 0 }],
    onBatch: () => {},
    onWarning: (message: string) => void warnings.push(message),
    onDebug: (message: string) => void debugged.push(message),
  }
  const transport = await openTransport(options, choice)
  t.after(() => transport.close())
  return { transport, warnings, debugged }
}
