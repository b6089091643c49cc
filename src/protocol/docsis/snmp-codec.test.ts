import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { variable, writeAccess } from './snmp-codec.ts'

const codec = variable()
const oid = '1.3.6.1.2.1.69.1.2.1.2.1'

/** The variable that comes back; undefined where it is refused. */
function again(type: string, value: unknown): unknown {
  const bytes = codec.encode({ oid, type, value })
  return bytes && codec.decode(bytes)
}

test('variable reads again what it writes of every type', () => {
  for (const [type, value] of [
    ['integer', -2_147_483_648],
    ['integer', 2_147_483_647],
    ['unsigned32', 4_294_967_295],
    ['counter32', 0],
    ['timeTicks', 128],
    ['ipAddress', '10.0.0.1'],
    ['oid', '1.3.6.1.4.1'],
    ['string', 'Überall 7'],
    ['counter64', '18446744073709551615'],
    ['hex', '0x00ff'],
  ] as const) {
    assert.deepEqual(again(type, value), { oid, type, value })
  }
})

test('variable keeps the bytes of any string', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const encoded = codec.encode({ oid, type: 'hex', value: Buffer.from(bytes).toString('hex') })
      assert.ok(encoded !== undefined)
      assert.deepEqual(codec.encode(codec.decode(encoded)), encoded)
    }),
  )
})

test('variable refuses what its type does not hold, and other keys', () => {
  assert.equal(again('integer', 2_147_483_648), undefined)
  assert.equal(again('unsigned32', -1), undefined)
  assert.equal(again('integer', 1.5), undefined)
  assert.equal(again('ipAddress', '10.0.0'), undefined)
  assert.equal(again('text', 'a'), undefined)
  assert.equal(codec.encode({ oid, type: 'integer', value: 1, more: 1 }), undefined)
  assert.equal(codec.encode({ oid: 'sysLocation.0', type: 'integer', value: 1 }), undefined)
})

test('variable decodes no bytes that are something else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255 }), (bytes) => {
      const value = codec.decode(bytes)
      if (value !== undefined) assert.ok(codec.encode(value) !== undefined)
    }),
  )
})

test('writeAccess turns the flag round: 0 on the wire allows', () => {
  const bytes = writeAccess().encode({ oid: '1.3.6.1', isAllowed: true })
  assert.deepEqual(Array.from(bytes ?? []), [6, 3, 43, 6, 1, 0])
  assert.deepEqual(writeAccess().decode(Uint8Array.of(6, 3, 43, 6, 1, 1)), {
    oid: '1.3.6.1',
    isAllowed: false,
  })
})
