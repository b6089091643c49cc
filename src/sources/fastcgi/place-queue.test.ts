import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlaceQueue } from './place-queue.ts'

const never = new AbortController().signal

test('PlaceQueue gives places in the order they were asked for', async () => {
  const queue = new PlaceQueue({ connectionsMax: 1, waitingMax: 3 })
  const order: number[] = []
  const release = await queue.take(never)
  const rest = [1, 2, 3].map(async (number) => {
    const done = await queue.take(never)
    order.push(number)
    done()
  })
  release()
  await Promise.all(rest)
  assert.deepEqual(order, [1, 2, 3])
})

test('PlaceQueue refuses when too many wait', async () => {
  const queue = new PlaceQueue({ connectionsMax: 2, waitingMax: 1 })
  await queue.take(never)
  const release = await queue.take(never)
  const waiting = queue.take(never)
  await assert.rejects(queue.take(never), {
    code: 'BUSY',
    message: 'Cannot ask the application: 2 requests are with it and 1 wait already',
  })
  release()
  assert.equal(typeof (await waiting), 'function')
})

test('PlaceQueue passes over those who have left, and counts them no more', async () => {
  const queue = new PlaceQueue({ connectionsMax: 1, waitingMax: 1 })
  const release = await queue.take(never)
  const controller = new AbortController()
  const left = queue.take(controller.signal)
  controller.abort()
  await assert.rejects(left, { code: 'GENERATOR_TIMEOUT' })
  await assert.rejects(queue.take(controller.signal), { code: 'GENERATOR_TIMEOUT' })
  const waiting = queue.take(never)
  release()
  release()
  const second = await waiting
  await assert.rejects(
    Promise.all([queue.take(never), queue.take(never)]),
    { code: 'BUSY' },
    'a place that is given back twice is one place',
  )
  second()
})
