import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from '../command-error.ts'
import { assign } from './assignment.ts'

test('assign sets keys, and keys in keys, and removes them', () => {
  const before = { ntp: '10.0.0.1', sip: { port: 5060, host: 'a' } }
  assert.deepEqual(assign(before, ['sip.port=5061', 'ntp=', 'new.deep.key=x']), {
    sip: { port: 5061, host: 'a' },
    new: { deep: { key: 'x' } },
  })
  assert.deepEqual(before, { ntp: '10.0.0.1', sip: { port: 5060, host: 'a' } })
})

const typed: readonly [string, unknown][] = [
  ['true', true],
  ['null', null],
  ['5060', 5060],
  ['-1.5', -1.5],
  ['0012', '0012'],
  ['1.10', '1.10'],
  ['00:11:22:33:44:55', '00:11:22:33:44:55'],
  ['yes', 'yes'],
  ['a=b', 'a=b'],
  ['["a",1]', ['a', 1]],
  ['"5060"', '5060'],
]
for (const [text, value] of typed) {
  test(`assign reads ${text} as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(assign({}, [`key=${text}`]), { key: value })
  })
}

test('assign refuses what is no assignment, and no JSON', () => {
  assert.throws(() => assign({}, ['key']), CommandError)
  assert.throws(() => assign({}, ['key={broken']), /Cannot read "key=\{broken" as JSON/)
})
