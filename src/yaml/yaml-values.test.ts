import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isCanonicalNumber } from './yaml-values.ts'

test('isCanonicalNumber takes what writing the number gives again', () => {
  const isRight = (value: number): boolean =>
    isCanonicalNumber(String(value)) === !String(value).includes('e')
  fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), isRight))
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-5 }), (value) => {
      if (!Number.isInteger(value)) assert.ok(isRight(value))
    }),
  )
})

test('isCanonicalNumber loses nothing of any digits', () => {
  const digits = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789.-+e_')),
    maxLength: 20,
  })
  fc.assert(
    fc.property(digits, (text) => {
      if (isCanonicalNumber(text)) assert.equal(String(Number(text)), text)
    }),
  )
})

test('isCanonicalNumber stops where whole numbers stop being exact', () => {
  assert.equal(isCanonicalNumber('9007199254740991'), true)
  assert.equal(isCanonicalNumber('-9007199254740991'), true)
  assert.equal(isCanonicalNumber('9007199254740992'), false)
  assert.equal(isCanonicalNumber('100000000000000000000'), false)
})
