import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Sleeper, TimerWheel } from './timer-wheel.ts'

class Alarm implements Sleeper {
  wakeAt: number | undefined
  filedTick: number | undefined
  filedIndex = 0
  readonly wokenAt: number[] = []

  constructor(wakeAt: number) {
    this.wakeAt = wakeAt
  }
}

/** Wakes whenever the wheel says, until nobody sleeps. @returns How often it was asked. */
function run(wheel: TimerWheel<Alarm>, onWake: (alarm: Alarm, now: number) => void): number {
  let turns = 0
  for (let now = wheel.nextWakeAt; now !== undefined; now = wheel.nextWakeAt) {
    const at = now
    wheel.advance(at, (alarm) => {
      alarm.wokenAt.push(at)
      onWake(alarm, at)
    })
    turns += 1
    assert.ok(turns < 100_000, 'the wheel stands still')
  }
  return turns
}

test('TimerWheel wakes everybody once, not early and at most a slot late', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60_000), { minLength: 1 }), fc.nat(1e9), (times, start) => {
      const wheel = new TimerWheel<Alarm>()
      const alarms = times.map((ms) => new Alarm(start + ms))
      for (const alarm of alarms) wheel.schedule(alarm, start)
      const due = new Map(alarms.map((alarm) => [alarm, alarm.wakeAt ?? 0]))
      run(wheel, (alarm) => (alarm.wakeAt = undefined))
      for (const [alarm, dueAt] of due) {
        assert.equal(alarm.wokenAt.length, 1)
        const late = (alarm.wokenAt[0] ?? 0) - dueAt
        assert.ok(late >= 0 && late <= 8, `${late} ms late`)
      }
    }),
    { numRuns: 100 },
  )
})

test('TimerWheel costs nothing when a deadline moves later, and looks again when its slot comes', () => {
  const wheel = new TimerWheel<Alarm>()
  const alarm = new Alarm(1000)
  wheel.schedule(alarm, 0)
  const filed = alarm.filedTick
  for (let now = 1; now < 900; now += 1) {
    alarm.wakeAt = now + 1000
    wheel.schedule(alarm, now)
    assert.equal(alarm.filedTick, filed)
  }
  run(wheel, () => (alarm.wakeAt = undefined))
  assert.deepEqual(alarm.wokenAt, [1904])
})

test('TimerWheel files anew when a deadline moves nearer', () => {
  const wheel = new TimerWheel<Alarm>()
  const alarm = new Alarm(5000)
  wheel.schedule(alarm, 0)
  alarm.wakeAt = 200
  wheel.schedule(alarm, 0)
  assert.equal(wheel.nextWakeAt, 200)
  assert.equal(wheel.count, 1)
})

test('TimerWheel takes out whoever leaves, in any order', () => {
  const wheel = new TimerWheel<Alarm>()
  const alarms = Array.from({ length: 100 }, () => new Alarm(500))
  for (const alarm of alarms) wheel.schedule(alarm, 0)
  for (const [index, alarm] of alarms.entries()) if (index % 3 !== 0) wheel.remove(alarm)
  assert.equal(wheel.count, 34)
  run(wheel, (alarm) => (alarm.wakeAt = undefined))
  assert.deepEqual(
    alarms.map(({ wokenAt }) => wokenAt.length),
    alarms.map((_, index) => (index % 3 === 0 ? 1 : 0)),
  )
  assert.equal(wheel.nextWakeAt, undefined)
})

test('TimerWheel lets one who is woken take others out and file new ones', () => {
  const wheel = new TimerWheel<Alarm>()
  const alarms = [new Alarm(100), new Alarm(100)] as const
  for (const alarm of alarms) wheel.schedule(alarm, 0)
  const late = new Alarm(100_000)
  run(wheel, (woken) => {
    woken.wakeAt = undefined
    if (woken === late) return
    for (const other of alarms) {
      other.wakeAt = undefined
      wheel.remove(other)
    }
    wheel.schedule(late, 100)
  })
  assert.equal(alarms[0].wokenAt.length + alarms[1].wokenAt.length, 1)
  assert.deepEqual(late.wokenAt, [100_000])
})

test('TimerWheel survives a clock that jumps ahead', () => {
  const wheel = new TimerWheel<Alarm>()
  const alarms = [10, 5000, 9000, 70_000].map((at) => new Alarm(at))
  for (const alarm of alarms) wheel.schedule(alarm, 0)
  wheel.advance(60_000, (alarm) => {
    alarm.wokenAt.push(60_000)
    alarm.wakeAt = alarm.wakeAt === 10 ? 61_000 : undefined
  })
  run(wheel, (alarm) => (alarm.wakeAt = undefined))
  assert.deepEqual(
    alarms.map(({ wokenAt }) => wokenAt),
    [[60_000, 61_000], [60_000], [60_000], [70_000]],
  )
})
