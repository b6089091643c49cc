import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import { RequestClock } from './request-clock.ts'

const SERVER = memoryPeer('10.0.0.1', 20_001)

test('RequestClock asks later each time, and gives up after giveUpMs', () => {
  const clock = new RequestClock({ retryMs: 100, retryMsMax: 400, giveUpMs: 2000 }, undefined)
  const times: number[] = []
  for (let now = 50; !clock.isGivenUp(now); now = clock.wakeAt) {
    times.push(now)
    clock.asked(now)
  }
  assert.deepEqual(times, [50, 150, 350, 750, 1150, 1550, 1950])
  assert.equal(clock.wakeAt, 2050)
  assert.equal(clock.repeats, 6)
})

test('RequestClock means nothing by a PAUSE that was not asked', () => {
  const clock = new RequestClock({}, undefined)
  clock.asked(0)
  assert.equal(clock.paused(60, SERVER, 10), false)
  assert.equal(clock.wakeAt, 1000)
  assert.equal(clock.pausedBy, undefined)
  assert.equal(clock.pauseCount, undefined)
})

test('RequestClock never waits beyond what was asked, and never stands still before it', () => {
  const pauses = fc.array(fc.record({ afterMs: fc.nat(90_000), seconds: fc.nat(65_535) }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3600 }), pauses, (pauseSeconds, pauses) => {
      const clock = new RequestClock({}, pauseSeconds)
      clock.asked(0)
      let now = 0
      const limitAt = pauseSeconds * 1000
      for (const { afterMs, seconds } of pauses) {
        const until = now + afterMs
        for (let at = clock.wakeAt; at <= until && !clock.isGivenUp(at); at = clock.wakeAt) {
          clock.asked(at)
        }
        now = Math.min(until, limitAt)
        if (clock.isGivenUp(now)) break
        clock.paused(seconds, SERVER, now)
        assert.ok(clock.wakeAt > now, 'it stands still')
        assert.ok(clock.wakeAt <= limitAt, 'it waits longer than asked')
        assert.ok(clock.wakeAt <= now + 61_000, 'it is silent for more than a minute')
      }
      assert.ok(clock.isGivenUp(limitAt))
    }),
  )
})
