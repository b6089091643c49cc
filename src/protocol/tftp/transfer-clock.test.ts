import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransferClock } from './transfer-clock.ts'

test('TransferClock counts from progress while it is the peer who owes', () => {
  const clock = new TransferClock({}, 0)
  clock.heard(20_000)
  assert.equal(clock.giveUpAt(true), 30_000)
  clock.progressed(25_000)
  assert.equal(clock.giveUpAt(true), 55_000)
})

test('TransferClock counts from the last sign of life while we owe', () => {
  const clock = new TransferClock({ giveUpMs: 10_000 }, 0)
  clock.heard(20_000)
  assert.equal(clock.giveUpAt(false), 30_000)
})

test('TransferClock gives a peer that asked for slow resends three of them', () => {
  const clock = new TransferClock({ retryMs: 60_000, giveUpMs: 30_000 }, 0)
  assert.equal(clock.wakeAt(true), 60_000)
  assert.equal(clock.giveUpAt(true), 180_000)
})

test('TransferClock wakes no later than it gives up', () => {
  const clock = new TransferClock({ giveUpMs: 6000 }, 0)
  for (const now of [1000, 3000, 5500]) clock.repeated(now)
  assert.equal(clock.wakeAt(true), 6000)
})
