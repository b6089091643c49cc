import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockNumberOf, blocksAhead } from './block-sequence.ts'

const numbers: readonly [count: number, to0: number, to1: number][] = [
  [0, 0, 0],
  [1, 1, 1],
  [65_535, 65_535, 65_535],
  [65_536, 0, 1],
  [65_537, 1, 2],
  [131_070, 65_534, 65_535],
  [131_071, 65_535, 1],
  [131_072, 0, 2],
  [2 ** 32, 0, 1],
]

test('blockNumberOf wraps to 0 or to 1', () => {
  for (const [count, to0, to1] of numbers) {
    assert.equal(blockNumberOf(count, 0), to0, `block ${count} after 0`)
    assert.equal(blockNumberOf(count, 1), to1, `block ${count} after 1`)
  }
})

test('blocksAhead finds the next blocks of any count, across the wrap', () => {
  for (const rolloverTo of [0, 1] as const) {
    for (const count of [0, 1, 5, 65_534, 65_535, 65_536, 131_069, 131_070, 2 ** 33]) {
      for (const ahead of [0, 1, 2, 64]) {
        const number = blockNumberOf(count + ahead, rolloverTo)
        assert.equal(blocksAhead(number, count, rolloverTo), ahead, `${count} + ${ahead}`)
      }
    }
  }
})

test('blocksAhead puts what lies behind far ahead', () => {
  assert.equal(blocksAhead(4, 5, 0), 65_535)
  assert.equal(blocksAhead(65_535, 65_536, 0), 65_535)
  assert.equal(blocksAhead(65_535, 65_536, 1), 65_534)
})

test('blocksAhead knows no block 0 after the first where numbers wrap to 1', () => {
  assert.equal(blocksAhead(0, 65_535, 1), undefined)
  assert.equal(blocksAhead(0, 0, 1), 0)
})
