import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, type RefusalCode } from '../../base/refusal.ts'
import { diskFailure } from './disk-failure.ts'

const codes: readonly (readonly [string, RefusalCode])[] = [
  ['ENOSPC', 'STORAGE_FULL'],
  ['EDQUOT', 'STORAGE_FULL'],
  ['EFBIG', 'STORAGE_FULL'],
  ['EACCES', 'ACCESS_DENIED'],
  ['EROFS', 'ACCESS_DENIED'],
  ['EIO', 'GENERATOR_FAILED'],
  ['EMFILE', 'GENERATOR_FAILED'],
]

for (const [code, expected] of codes) {
  test(`diskFailure is ${expected} for ${code}`, () => {
    const error = Object.assign(new Error(`${code}: no, write '/srv/x'`), { code })
    const failure = diskFailure(error, 'a.log')
    assert.ok(failure instanceof Refusal)
    assert.equal(failure.code, expected)
    assert.match(failure.message, /^Cannot keep "a\.log": /)
    assert.doesNotMatch(failure.wireMessage, /srv/)
  })
}

test('diskFailure leaves alone what is no failure of the disk', () => {
  const fault = new TypeError('x is undefined')
  const refusal = new Refusal('FILE_EXISTS', 'it is there')
  assert.equal(diskFailure(fault, 'a'), fault)
  assert.equal(diskFailure(refusal, 'a'), refusal)
})
