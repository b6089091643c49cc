import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EventQueue } from './event-queue.ts'

test('EventQueue gives events by time, those of one moment in the order they were added', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const queue = new EventQueue()
      const happened: [number, number][] = []
      for (const [order, at] of times.entries()) queue.add(at, () => happened.push([at, order]))
      while (queue.nextAt < Number.POSITIVE_INFINITY) queue.take()()
      const sorted = times.map((at, order) => [at, order] as const)
      sorted.sort((one, other) => one[0] - other[0] || one[1] - other[1])
      assert.deepEqual(happened, sorted)
    }),
  )
})

test('EventQueue has nothing to give when it is empty', () => {
  const queue = new EventQueue()
  assert.equal(queue.nextAt, Number.POSITIVE_INFINITY)
  assert.throws(() => queue.take(), RangeError)
})
