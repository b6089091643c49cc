import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClassMemo } from './class-memo.ts'

test('ClassMemo forgets what was made of a class, and nothing else', () => {
  const memo = new ClassMemo<number>(10)
  memo.keep('a/b', 1, ['a', 'b'])
  memo.keep('b', 2, ['b'])
  memo.keep('c', 3, ['c'])
  memo.forget('a')
  assert.deepEqual(
    ['a/b', 'b', 'c'].map((key) => memo.get(key)),
    [undefined, 2, 3],
  )
  memo.forget('b')
  assert.deepEqual(
    ['b', 'c'].map((key) => memo.get(key)),
    [undefined, 3],
  )
})

test('ClassMemo drops what was not used for longest when it is full', () => {
  const memo = new ClassMemo<number>(2)
  memo.keep('a', 1, ['a'])
  memo.keep('b', 2, ['b'])
  memo.get('a')
  memo.keep('c', 3, ['c'])
  assert.equal(memo.count, 2)
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => memo.get(key)),
    [1, undefined, 3],
  )
})
