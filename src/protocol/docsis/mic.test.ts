import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cmMicInput, CMTS_MIC, cmtsMicInput, judgeCmMic, judgeCmtsMic, micsOf } from './mic.ts'
import type { Tlv } from './tlv.ts'

// Goal: the digests go over the right bytes in the right order. Method: digests that are no more
// than their input's sum, so that the input itself is looked at; whole files are compared with
// those of other encoders in test/docsis.

const tlv = (type: number, ...value: number[]): Tlv => ({ type, value: Uint8Array.from(value) })
const sum = (bytes: Uint8Array): Uint8Array => {
  return Uint8Array.of(bytes.reduce((total, byte) => (total * 31 + byte) % 251, 7))
}
const digests = { md5: sum, hmacMd5: (bytes: Uint8Array) => sum(Uint8Array.of(99, ...bytes)) }

test('cmMicInput is every setting in the order of the file, without the checks', () => {
  const input = cmMicInput([tlv(24, 1), tlv(6, 9, 9), tlv(3, 1), tlv(7, 9)])
  assert.deepEqual(Array.from(input), [24, 1, 1, 3, 1, 1])
})

test('cmtsMicInput has the order of the specification, and leaves out what it does not list', () => {
  const types = [40, 37, 36, 35, 26, 29, 28, 25, 24, 23, 22, 20, 19, 18, 6, 43, 17, 4, 3, 2, 1]
  const others = [5, 7, 9, 10, 11, 14, 21, 32, 33, 34, 38, 41, 53, 54, 60, 202]
  const input = cmtsMicInput([...types, ...others].map((type) => tlv(type)))
  const found = Array.from(input).filter((_, index) => index % 2 === 0)
  assert.deepEqual(
    found,
    [1, 2, 3, 4, 17, 43, 6, 18, 19, 20, 22, 23, 24, 25, 28, 29, 26, 35, 36, 37, 40],
  )
})

test('cmtsMicInput has several of one type in the order of the file', () => {
  const input = cmtsMicInput([tlv(24, 2), tlv(3, 1), tlv(24, 1)])
  assert.deepEqual(Array.from(input), [3, 1, 1, 24, 1, 2, 24, 1, 1])
})

test('micsOf computes the CMTS MIC over the new CM MIC, and drops those that are there', () => {
  const settings = [tlv(3, 1), tlv(18, 2)]
  const [cmMic, cmtsMic] = micsOf([tlv(6, 1), ...settings, tlv(7, 1)], digests)
  assert.deepEqual(cmMic.value, sum(Uint8Array.of(3, 1, 1, 18, 1, 2)))
  const expected = [3, 1, 1, 6, 1, ...cmMic.value, 18, 1, 2]
  assert.deepEqual(cmtsMic.value, digests.hmacMd5(Uint8Array.from(expected)))
})

test('judgeCmMic and judgeCmtsMic see every change, what is missing and what is there twice', () => {
  const settings = [tlv(3, 1), tlv(18, 2), tlv(9, 65)]
  const whole = [...settings, ...micsOf(settings, digests)]
  const verdicts = (tlvs: readonly Tlv[]): string[] => [
    judgeCmMic(tlvs, digests.md5),
    judgeCmtsMic(tlvs, digests.hmacMd5),
  ]
  assert.deepEqual(verdicts(whole), ['right', 'right'])
  assert.deepEqual(verdicts(whole.toSpliced(0, 1, tlv(3, 0))), ['wrong', 'wrong'])
  // Only the modem's own check goes over the name of its software.
  assert.deepEqual(verdicts(whole.toSpliced(2, 1, tlv(9, 66))), ['wrong', 'right'])
  assert.deepEqual(verdicts(settings), ['missing', 'missing'])
  assert.deepEqual(verdicts([...whole, tlv(CMTS_MIC, 0)]), ['right', 'wrong'])
})
