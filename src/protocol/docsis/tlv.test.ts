import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../../base/refusal.ts'
import { decodeFileTlvs, decodeInnerTlvs, encodeTlvs, type Tlv } from './tlv.ts'

const value = fc.uint8Array({ maxLength: 255 })
const settings = (types: fc.Arbitrary<number>): fc.Arbitrary<Tlv[]> =>
  fc.array(fc.record({ type: types, value }, { noNullPrototype: true }))
const inFile = settings(fc.integer({ min: 1, max: 254 }))
const inner = settings(fc.integer({ min: 0, max: 255 }))

test('decodeFileTlvs reads what encodeTlvs writes, up to the end of data', () => {
  fc.assert(
    fc.property(inFile, fc.nat({ max: 8 }), (tlvs, padding) => {
      const bytes = [...encodeTlvs(tlvs), 255, ...Array.from({ length: padding }, () => 0)]
      const expected = { tlvs, isEnded: true, strayBytes: 0 }
      assert.deepEqual(decodeFileTlvs(Uint8Array.from(bytes)), expected)
    }),
  )
})

test('decodeInnerTlvs reads what encodeTlvs writes, whatever the types', () => {
  fc.assert(fc.property(inner, (tlvs) => assert.deepEqual(decodeInnerTlvs(encodeTlvs(tlvs)), tlvs)))
})

test('decodeFileTlvs passes over padding, and tells of a missing end and stray bytes', () => {
  const found = decodeFileTlvs(Uint8Array.of(0, 3, 1, 1, 0, 18, 1, 2))
  assert.deepEqual(
    [found.tlvs.map(({ type }) => type), found.isEnded, found.strayBytes],
    [[3, 18], false, 0],
  )
  assert.equal(decodeFileTlvs(Uint8Array.of(3, 1, 1, 255, 0, 9, 0, 9)).strayBytes, 2)
})

test('decodeFileTlvs says where a setting is cut off', () => {
  assert.throws(() => decodeFileTlvs(Uint8Array.of(3, 1, 1, 24, 60, 1, 2)), {
    code: 'MALFORMED_REQUEST',
    message:
      'Cannot decode the configuration: TLV 24 at byte 3 is cut off: it has 60 bytes, 2 are left',
  })
  assert.throws(() => decodeFileTlvs(Uint8Array.of(3)), /it has no length/)
})

test('decodeFileTlvs throws nothing but a refusal, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      try {
        decodeFileTlvs(bytes)
      } catch (error) {
        assert.ok(error instanceof Refusal)
      }
    }),
  )
})
