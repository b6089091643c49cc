import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { Values } from '../inventory/value.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { LiveInventory } from './live-inventory.ts'
import { openStore } from './open-store.ts'
import type { Edit } from './store.ts'

function device(id: string, classes: readonly string[], values: Values = {}): Device {
  return { id, macs: [], addresses: [], classes, values, state: 'active' }
}

function classOf(name: string, parents: readonly string[], values: Values = {}): DeviceClass {
  return { name, parents, values }
}

/** An edit that makes a record what it is to be, whatever it was. */
function edit(live: LiveInventory, record: Device | DeviceClass): Edit {
  if ('id' in record) {
    const before = live.device(record.id)?.record
    return { kind: 'device', key: record.id, before, after: record }
  }
  const before = live.classNamed(record.name)?.record
  return { kind: 'class', key: record.name, before, after: record }
}

async function save(live: LiveInventory, ...records: (Device | DeviceClass)[]) {
  return await live.apply({ who: 'me', edits: records.map((one) => edit(live, one)) }, 1000)
}

const records = [
  classOf('base', [], { ntp: 'a' }),
  classOf('phones', ['base']),
  classOf('switches', [], { vlan: 1 }),
  device('p1', ['phones']),
  device('p2', ['phones'], { ntp: 'own' }),
  device('s1', ['switches']),
]

test('LiveInventory keeps what it saved, across a restart', async () => {
  await using folder = await temporaryFolder()
  {
    await using store = await openStore({ stateFolder: folder.path })
    await using live = await LiveInventory.open(store)
    const applied = await save(live, ...records)
    assert.equal(applied.problems, undefined)
    assert.equal(live.revision, 1)
  }
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  assert.deepEqual([live.revision, live.deviceCount], [1, 3])
  const p1 = live.device('p1')?.record ?? assert.fail()
  const resolved = live.resolve(p1)
  assert.deepEqual('values' in resolved && resolved.values, { ntp: 'a' })
  assert.deepEqual([live.isOfClass(p1, 'base'), live.isOfClass(p1, 'switches')], [true, false])
})

test('LiveInventory changes the stamps of exactly those that inherit what changed', async () => {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  await save(live, ...records)
  const stamps = (): (number | undefined)[] => ['p1', 'p2', 's1'].map((id) => live.stampOf(id))
  const before = stamps()
  await save(live, classOf('base', [], { ntp: 'b' }))
  const after = stamps()
  assert.deepEqual(
    after.map((stamp, index) => stamp !== before[index]),
    [true, true, false],
  )
  await save(live, device('s1', ['switches'], { vlan: 2 }))
  assert.deepEqual(
    stamps().map((stamp, index) => stamp !== after[index]),
    [false, false, true],
  )
  assert.equal(live.stampOf('nobody'), undefined)
})

test('LiveInventory tells whose values a change would change, before it is made', async () => {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  await save(live, ...records)
  const impact = live.impactOf([edit(live, classOf('base', [], { ntp: 'b' }))])
  assert.deepEqual(impact, [{ device: 'p1', changes: [{ path: '/ntp', before: 'a', after: 'b' }] }])
  assert.equal(live.revision, 1)
})

test('LiveInventory refuses a change that leaves a device without an order', async () => {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  await save(live, ...records)
  const before = live.classNamed('switches')?.record
  const gone: Edit = { kind: 'class', key: 'switches', before, after: undefined }
  const applied = await live.apply({ who: 'me', edits: [gone] }, 1)
  assert.match(
    applied.problems?.[0]?.message ?? '',
    /device "s1" .*"switches", which does not exist/,
  )
  assert.equal(live.revision, 1)
})

test('LiveInventory follows what another server saves', async () => {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  const changed = Promise.withResolvers<void>()
  live.onChange(() => changed.resolve())
  await using otherStore = await openStore({ stateFolder: folder.path })
  await using other = await LiveInventory.open(otherStore)
  await save(other, ...records)
  await changed.promise
  assert.deepEqual([live.revision, live.deviceCount], [1, 3])
})

test('LiveInventory does not overwrite what somebody else changed meanwhile', async () => {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  await save(live, ...records)
  const seenRevision = live.revision
  await save(live, device('p1', ['phones'], { mine: 1 }))
  const edits = [edit(live, device('p1', ['phones'], { theirs: 1 }))]
  await assert.rejects(live.apply({ who: 'them', edits, seenRevision }, 2), { code: 'CONFLICT' })
  assert.deepEqual(live.device('p1')?.record.values, { mine: 1 })
})
