import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainValue, reordered } from '../testing/inventory-values.ts'
import { canonicalText } from './canonical.ts'
import { areEqual, type Value } from './value.ts'

test('canonicalText sorts the example of RFC 8785 §3.2.3 by UTF-16 code units', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']
  const value = Object.fromEntries(keys.map((key) => [key, 0]))
  const members = sorted.map((key) => `${JSON.stringify(key)}:0`)
  assert.equal(canonicalText(value), `{${members.join(',')}}`)
})

test('canonicalText writes no spaces, and numbers as ECMAScript does', () => {
  const value = { b: [1e21, -0, 0.5, null, true], a: { z: 'é\n', y: {} } }
  assert.equal(canonicalText(value), '{"a":{"y":{},"z":"é\\n"},"b":[1e+21,0,0.5,null,true]}')
})

test('canonicalText is the same whatever the order of keys, and can be read back', () => {
  fc.assert(
    fc.property(plainValue, (value) => {
      assert.equal(canonicalText(reordered(value)), canonicalText(value))
      assert.ok(areEqual(JSON.parse(canonicalText(value)) as Value, value))
    }),
  )
})

test('canonicalText and areEqual tell the same values apart', () => {
  fc.assert(
    fc.property(plainValue, plainValue, (one, other) => {
      assert.equal(areEqual(one, other), canonicalText(one) === canonicalText(other))
    }),
  )
})
