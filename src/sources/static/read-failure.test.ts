import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { isAbsence, readFailure } from './read-failure.ts'

const failing = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code })

describe('readFailure', () => {
  for (const [code, expected] of [
    ['EACCES', 'ACCESS_DENIED'],
    ['EPERM', 'ACCESS_DENIED'],
    ['EMFILE', 'GENERATOR_FAILED'],
    ['ENFILE', 'GENERATOR_FAILED'],
    ['EIO', 'GENERATOR_FAILED'],
    ['ESTALE', 'GENERATOR_FAILED'],
    ['ENOMEM', 'GENERATOR_FAILED'],
  ] as const) {
    test(`makes ${code} ${expected}, never "not found"`, () => {
      assert.equal(isAbsence(failing(code)), false)
      const refusal = readFailure(failing(code), 'a.cfg')
      assert.equal(refusal.code, expected)
      assert.equal(refusal.message, `Cannot read "a.cfg": ${code}: it failed`)
      assert.doesNotMatch(refusal.wireMessage, /a\.cfg|it failed/)
    })
  }

  test('leaves a refusal as it is', () => {
    const refusal = new Refusal('BUSY', 'busy')
    assert.equal(readFailure(refusal, 'a.cfg'), refusal)
  })
})

test('isAbsence knows the ways in which a file is not there', () => {
  for (const code of ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'EISDIR']) {
    assert.ok(isAbsence(failing(code)), code)
  }
  assert.equal(isAbsence(new Error('no code')), false)
})
