import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeExpected, describeFound, listWords } from './expectation.ts'

test('describeExpected says unit and range', () => {
  const range = { type: 'integer', minimum: 1, maximum: 9 }
  const words = ['waitMs', 'uploadBytesMax', 'windowBlocksMax', 'fuel'].map((key) =>
    describeExpected(range, key),
  )
  assert.deepEqual(words, [
    'a whole number of milliseconds from 1 to 9',
    'a whole number of bytes from 1 to 9',
    'a whole number of blocks from 1 to 9',
    'a whole number from 1 to 9',
  ])
})

test('describeExpected names alternatives once', () => {
  const text = { type: 'string' }
  const whole = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER }
  const list = { type: 'array', items: { anyOf: [text, whole] }, maxItems: 64 }
  assert.equal(
    describeExpected({ anyOf: [text, whole, { anyOf: [text] }, list] }),
    'text, a whole number or a list of 0 to 64 entries',
  )
  assert.equal(describeExpected({ enum: ['GET', 'PUT'] }), '"GET" or "PUT"')
})

test('describeFound shows any value, and no more than 60 characters of it', () => {
  const round: Record<string, unknown> = {}
  round['self'] = round
  const rows: readonly (readonly [unknown, string])[] = [
    ['5s', '"5s"'],
    [5, '5'],
    [null, 'nothing'],
    [undefined, 'nothing'],
    [{ a: [1] }, '{"a":[1]}'],
    [() => 1, 'a function'],
    [5n, '5n'],
    [Symbol('x'), 'symbol'],
    [round, 'an object'],
    [new Map(), 'an object of Map'],
    [Object.create(null), '{}'],
    ['x'.repeat(100), `"${'x'.repeat(59)}…`],
  ]
  for (const [value, words] of rows) assert.equal(describeFound(value), words)
})

test('listWords joins as people do', () => {
  assert.deepEqual(
    [listWords([]), listWords(['a']), listWords(['a', 'b']), listWords(['a', 'b', 'c'])],
    ['', 'a', 'a or b', 'a, b or c'],
  )
})
