import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  decodeBer,
  decodeBerInteger,
  encodeBer,
  encodeBerInteger,
  formatOid,
  parseOid,
} from './ber.ts'

const content = fc.uint8Array({ maxLength: 700 })
const one = fc.record({ tag: fc.nat({ max: 255 }), content }, { noNullPrototype: true })

test('decodeBer reads what encodeBer writes', () => {
  fc.assert(
    fc.property(fc.array(one), (values) => {
      const bytes = values.flatMap((value) => [...encodeBer(value)])
      assert.deepEqual(decodeBer(Uint8Array.from(bytes)), values)
    }),
  )
})

test('decodeBer takes lengths that are longer than they need be, and no indefinite ones', () => {
  const [value] = decodeBer(Uint8Array.of(4, 0x82, 0, 1, 65)) ?? []
  assert.deepEqual(Array.from(value?.content ?? []), [65])
  assert.equal(decodeBer(Uint8Array.of(4, 0x80, 65, 0, 0)), undefined)
  assert.equal(decodeBer(Uint8Array.of(4, 0x83, 0, 0, 1, 65)), undefined)
  assert.equal(decodeBer(Uint8Array.of(4, 2, 65)), undefined)
})

test('decodeBerInteger reads what encodeBerInteger writes', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      assert.equal(decodeBerInteger(encodeBerInteger(value)), value)
    }),
  )
})

// Examples of X.690 §8.3 and of RFC 2578: the shortest form that keeps the sign.
for (const [value, bytes] of [
  [0n, [0]],
  [127n, [127]],
  [128n, [0, 128]],
  [-128n, [128]],
  [-129n, [255, 127]],
  [2n ** 32n - 1n, [0, 255, 255, 255, 255]],
] as const) {
  test(`encodeBerInteger writes ${value}`, () => {
    assert.deepEqual(Array.from(encodeBerInteger(value)), bytes)
  })
}

test('formatOid reads what parseOid writes', () => {
  const part = fc.nat({ max: 0xffff_ffff })
  const oids = fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 39 }), fc.array(part, { maxLength: 126 }))
  fc.assert(
    fc.property(oids, ([top, next, rest]) => {
      const text = [top, next, ...rest].join('.')
      assert.equal(formatOid(parseOid(text) ?? new Uint8Array()), text)
    }),
  )
})

test('parseOid has two parts in its first byte, and takes a leading dot', () => {
  assert.deepEqual(Array.from(parseOid('.1.3.6.1.4.1.4491') ?? []), [43, 6, 1, 4, 1, 163, 11])
  assert.deepEqual(Array.from(parseOid('2.999') ?? []), [136, 55])
  assert.equal(formatOid(Uint8Array.of(136, 55)), '2.999')
})

for (const text of [
  '',
  '1',
  '1.40',
  '3.1',
  '1.3.x',
  '1..3',
  '1.3.4294967296',
  'sysDescr.0',
  '1.03',
]) {
  test(`parseOid refuses "${text}"`, () => assert.equal(parseOid(text), undefined))
}

test('formatOid refuses what is cut off or too large', () => {
  assert.equal(formatOid(Uint8Array.of(43, 129)), undefined)
  assert.equal(formatOid(Uint8Array.of(43, 255, 255, 255, 255, 255, 127)), undefined)
  assert.equal(formatOid(new Uint8Array()), undefined)
})
