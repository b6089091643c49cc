import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceIndex, type Evidence } from '../inventory/identify.ts'
import type { Device } from '../inventory/model.ts'
import type { FinderName, Finding } from './finding.ts'
import { resolveIdentity } from './resolve-identity.ts'

function device(id: string, own: Partial<Device>): Device {
  return { id, state: 'active', macs: [], addresses: [], classes: [], values: {}, ...own }
}

const index = new DeviceIndex([
  device('desk-7', { macs: ['00:11:22:33:44:07'], addresses: ['10.0.0.7'], name: 'seven' }),
  device('desk-8', { macs: ['00:11:22:33:44:08'], addresses: ['10.0.0.8'] }),
  device('switch', { serial: 'FOC1', addresses: ['10.0.0.9'] }),
  device('twin-a', { macs: ['00:11:22:33:44:0a'], addresses: ['10.0.0.99'] }),
  device('twin-b', { macs: ['00:11:22:33:44:0b'], addresses: ['10.0.0.99'] }),
])

function says(finder: FinderName, evidence: Evidence): Finding {
  return { evidence, finder, where: 'here' }
}

/** The device, and whether anything speaks against it. */
function outcome(...findings: Finding[]): [string | undefined, boolean] {
  const { device: found, disagreement } = resolveIdentity(findings, index)
  return [found?.id, disagreement !== undefined]
}

const seven = { mac: '00-11-22-33-44-07' }
const eight = { mac: '001122334408' }
const nobody = { mac: '02:00:00:00:00:01' }

test('resolveIdentity believes the first that names a device, and notes who agrees', () => {
  const {
    device: found,
    by,
    ...rest
  } = resolveIdentity(
    [
      says('agent', {}),
      says('event', seven),
      says('lease', seven),
      says('address', { ip: '10.0.0.7' }),
    ],
    index,
  )
  assert.deepEqual([found?.id, by], ['desk-7', 'event'])
  assert.deepEqual(rest, { witnesses: ['event', 'lease', 'address'], disagreement: undefined })
})

test('resolveIdentity says who names another device', () => {
  const { device: found, disagreement } = resolveIdentity(
    [says('path', seven), says('lease', eight)],
    index,
  )
  assert.equal(found?.id, 'desk-7')
  assert.equal(disagreement, 'lease (here) says desk-8, not desk-7')
})

test('resolveIdentity says when another than the device asks for its file', () => {
  const { device: found, disagreement } = resolveIdentity(
    [says('path', seven), says('lease', nobody)],
    index,
  )
  assert.equal(found?.id, 'desk-7')
  assert.match(
    disagreement ?? '',
    /^lease \(here\) says mac 02:00:00:00:00:01, which desk-7 has not$/,
  )
})

test('resolveIdentity gives a stranger at the address of a device to nobody', () => {
  assert.deepEqual(outcome(says('lease', nobody), says('address', { ip: '10.0.0.7' })), [
    undefined,
    true,
  ])
})

test('resolveIdentity gives who asks for an unknown device’s file nobody else’s', () => {
  const findings = [says('path', nobody), says('lease', eight), says('address', { ip: '10.0.0.8' })]
  assert.deepEqual(outcome(...findings), [undefined, true])
})

test('resolveIdentity takes nothing weaker once what is known does not fit together', () => {
  const findings = [says('path', nobody), says('lease', eight), says('address', { ip: '10.0.0.9' })]
  assert.deepEqual(outcome(...findings), [undefined, true])
})

test('resolveIdentity takes a MAC for no contradiction where the record has none', () => {
  assert.deepEqual(outcome(says('lease', nobody), says('address', { ip: '10.0.0.9' })), [
    'switch',
    false,
  ])
})

test('resolveIdentity takes a server for known by one of its ports', () => {
  assert.deepEqual(outcome(says('header', nobody), says('header', seven)), ['desk-7', false])
})

test('resolveIdentity does not believe the host name of a stranger', () => {
  assert.deepEqual(outcome(says('lease', { ...nobody, name: 'seven' })), [undefined, true])
})

test('resolveIdentity chooses between several only when another finding does', () => {
  const several = says('address', { ip: '10.0.0.99' })
  assert.deepEqual(outcome(several), [undefined, true])
  assert.deepEqual(outcome(several, says('lease', { mac: '00:11:22:33:44:0b' })), ['twin-b', true])
  assert.deepEqual(outcome(several, says('lease', seven)), [undefined, true])
  assert.deepEqual(outcome(says('lease', { mac: '00:11:22:33:44:0b' }), several), ['twin-b', false])
})

test('resolveIdentity tells of nobody when there is nothing', () => {
  const nothing = { device: undefined, by: undefined, witnesses: [], disagreement: undefined }
  assert.deepEqual(resolveIdentity([], index), nothing)
})
