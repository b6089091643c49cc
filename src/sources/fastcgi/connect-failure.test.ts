import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectFailure } from './connect-failure.ts'

const told = (code: string): { code: string; message: string } =>
  connectFailure('It', Object.assign(new Error('broken'), { code }), { connectMs: 70 })

test('connectFailure says busy when the backlog is full', () => {
  assert.equal(told('EAGAIN').code, 'BUSY')
})

test('connectFailure says what to do about the rest', () => {
  assert.equal(told('ETIMEDOUT').message, 'It did not accept a connection within 70 ms')
  assert.match(told('EACCES').message, /must be allowed to write to its socket/)
  assert.match(told('ENOTFOUND').message, /no address for that host name/)
  assert.equal(told('EHOSTUNREACH').message, 'It cannot be reached: broken')
  assert.equal(told('EHOSTUNREACH').code, 'GENERATOR_FAILED')
})
