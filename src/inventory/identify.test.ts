import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkDevice } from './check-device.ts'
import { DeviceIndex } from './identify.ts'
import type { Device } from './model.ts'

function device(fields: Partial<Device> & { readonly id: string }): Device {
  const { record, problems } = checkDevice(fields)
  if (record === undefined) assert.fail(problems.map(({ message }) => message).join('\n'))
  return record
}

const phone = device({
  id: 'phone',
  name: 'Phone-7.example.net',
  macs: ['00:11:22:aa:bb:cc', '00:11:22:aa:bb:cd'],
  serial: 'FOC1234x',
  uuid: '12345678-1234-1234-1234-123456789abc',
  addresses: ['10.0.0.7', '2001:db8::7'],
})

test('DeviceIndex finds a device by each identifier, however it is spelled', () => {
  const index = new DeviceIndex([phone, device({ id: 'other' })])
  const evidence = [
    { mac: '0011.22AA.BBCD' },
    { serial: 'foc1234X' },
    { uuid: '12345678123412341234123456789ABC' },
    { name: 'phone-7.EXAMPLE.net' },
    { ip: '2001:DB8:0::7' },
    { ip: '::ffff:10.0.0.7' },
  ]
  for (const one of evidence) {
    const found = index.find(one)
    assert.equal(found?.device, phone)
    assert.deepEqual(found, { device: phone, by: Object.keys(one)[0], against: [] })
  }
})

test('DeviceIndex finds nobody by what nobody has, and by what is no identifier', () => {
  const index = new DeviceIndex([phone])
  const evidence = [{}, { mac: '00:11:22:aa:bb:ce' }, { mac: 'nonsense' }, { ip: '10.0.0.07' }]
  for (const one of evidence) assert.equal(index.find(one), undefined)
})

test('DeviceIndex lets the strongest identifier decide, and says what speaks against it', () => {
  const other = device({ id: 'other', addresses: ['10.0.0.8'], name: 'other' })
  const index = new DeviceIndex([phone, other])
  assert.deepEqual(index.find({ ip: '10.0.0.8', mac: '00:11:22:aa:bb:cc', serial: 'unknown' }), {
    device: phone,
    by: 'mac',
    against: [{ kind: 'ip', value: '10.0.0.8', deviceIds: ['other'] }],
  })
  const found = index.find({ mac: '00:11:22:00:00:00', ip: '10.0.0.8' })
  assert.equal(found?.device, other)
})

test('DeviceIndex names both devices of one MAC, and does not guess between them', () => {
  const twin = device({ id: 'a-twin', macs: ['00-11-22-AA-BB-CC'], serial: 'T2' })
  const index = new DeviceIndex([phone])
  assert.deepEqual(index.conflicts(), [])
  const conflict = {
    kind: 'mac',
    value: '00:11:22:aa:bb:cc',
    deviceIds: ['a-twin', 'phone'],
  } as const
  assert.deepEqual(index.conflictsWith(twin), [conflict])
  index.set(twin)
  assert.deepEqual(index.conflicts(), [conflict])
  assert.deepEqual(index.find({ mac: '001122aabbcc', serial: 'T2' }), { conflict })
  assert.equal(index.find({ mac: '00:11:22:aa:bb:cd' })?.device, phone)
  index.delete('phone')
  assert.deepEqual(index.conflicts(), [])
  assert.equal(index.find({ mac: '001122aabbcc' })?.device, twin)
})

test('DeviceIndex forgets the identifiers that a device had before', () => {
  const index = new DeviceIndex([phone])
  index.set(device({ id: 'phone', macs: ['00:11:22:aa:bb:00'] }))
  assert.equal(index.count, 1)
  assert.equal(index.find({ mac: '00:11:22:aa:bb:cc' }), undefined)
  assert.equal(index.find({ serial: 'FOC1234x' }), undefined)
  assert.equal(index.find({ mac: '00:11:22:aa:bb:00' })?.device, index.withId('phone'))
})

test('DeviceIndex knows after any changes what a fresh one would', () => {
  const macs = fc.uniqueArray(fc.constantFrom('0', '1', '2'), { maxLength: 2 })
  const changes = fc.array(fc.tuple(fc.nat(3), fc.option(macs)), { maxLength: 12 })
  fc.assert(
    fc.property(changes, (list) => {
      const kept = new Map<string, Device>()
      const index = new DeviceIndex()
      for (const [number, digits] of list) {
        const id = `d${number}`
        const one = device({ id, macs: (digits ?? []).map((digit) => `00112233440${digit}`) })
        if (digits === null) kept.delete(id)
        else kept.set(id, one)
        if (digits === null) index.delete(id)
        else index.set(one)
      }
      const fresh = new DeviceIndex(kept.values())
      assert.deepEqual(index.conflicts(), fresh.conflicts())
      for (const digit of ['0', '1', '2']) {
        const mac = `00112233440${digit}`
        assert.deepEqual(index.find({ mac }), fresh.find({ mac }))
      }
    }),
  )
})
