import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureLog } from './failure-log.ts'

test('FailureLog writes once a minute for each kind and counts the rest', () => {
  const written: string[] = []
  let now = 0
  const log = new FailureLog(
    (message) => written.push(message),
    () => now,
  )
  for (let failure = 0; failure < 4; failure++) log.note('send EPERM', () => 'firewall')
  log.note('send EMSGSIZE', () => 'too large')
  assert.deepEqual(written, ['firewall', 'too large'])
  now = 59_999
  log.note('send EPERM', () => 'firewall')
  assert.equal(written.length, 2)
  now = 60_000
  log.note('send EPERM', () => 'firewall')
  assert.equal(written[2], 'firewall (and 4 more like it before)')
  now = 120_000
  log.note('send EPERM', () => 'firewall')
  assert.equal(written[3], 'firewall')
})

test('FailureLog stays bounded whatever the kinds are', () => {
  const written: string[] = []
  const log = new FailureLog(
    (message) => written.push(message),
    () => 0,
  )
  for (let kind = 0; kind < 1000; kind++) log.note(`kind ${kind}`, () => 'failed')
  assert.equal(written.length, 64)
})
