import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { patterned, TftpExchange } from '../../testing/tftp-exchange.ts'
import { encodePause } from './packet.ts'
import { PausePlan, type PausePlanOptions, pauseSecondsAsked } from './pause.ts'
import type { TftpRequest } from './server-events.ts'

// Goal: when a server says PAUSE. Method: a plan in virtual time, and what came of it in words:
// `500 PAUSE 5`.

/** Follows a plan to its end, while the client repeats its request at the times given. */
function follow(
  options: Omit<PausePlanOptions, 'startedAt'>,
  repeatsAt: readonly number[] = [],
): string[] {
  const plan = new PausePlan({ startedAt: 0, ...options })
  const repeats = [...repeatsAt]
  const said: string[] = []
  for (;;) {
    const step = plan.next()
    const repeatAt = repeats[0]
    if (repeatAt !== undefined && repeatAt < step.at) {
      repeats.shift()
      plan.repeated(repeatAt)
      continue
    }
    if (step.kind === 'expired') return [...said, `${step.at} expired`]
    said.push(`${step.at} PAUSE ${step.seconds}`)
    plan.sent(step.at)
  }
}

describe('PausePlan', () => {
  test('PausePlan is silent for half a second, then promises 5 s and keeps to 4', () => {
    const said = follow({ secondsAsked: 60 })
    assert.deepEqual(said.slice(0, 3), ['500 PAUSE 5', '4500 PAUSE 5', '8500 PAUSE 5'])
  })

  test('PausePlan says three in a row, and more only to a client that is heard', () => {
    assert.deepEqual(follow({ secondsAsked: 60 }).slice(3), ['60000 expired'])
    assert.deepEqual(follow({ secondsAsked: 60 }, [14_500]).slice(3), [
      '14500 PAUSE 5',
      '18500 PAUSE 5',
      '22500 PAUSE 5',
      '60000 expired',
    ])
    const repeats = [5000, 9000, 12_000, 16_500]
    assert.deepEqual(follow({ secondsAsked: 20 }, repeats), [
      '500 PAUSE 5',
      '4500 PAUSE 5',
      '5500 PAUSE 5',
      '9000 PAUSE 5',
      '12000 PAUSE 5',
      '16000 PAUSE 4',
      '17000 PAUSE 3',
      '20000 expired',
    ])
  })

  test('PausePlan answers repeats with one PAUSE a second at most', () => {
    const repeats = Array.from({ length: 29 }, (_, index) => 100 * (index + 1))
    assert.deepEqual(follow({ secondsAsked: 4 }, repeats), [
      '500 PAUSE 4',
      '1500 PAUSE 3',
      '2500 PAUSE 2',
      '3500 PAUSE 1',
      '4000 expired',
    ])
  })

  test('PausePlan promises nothing beyond the time that the client asked for', () => {
    assert.deepEqual(follow({ secondsAsked: 1 }), ['500 PAUSE 1', '1000 expired'])
    assert.deepEqual(follow({ secondsAsked: 1 }, [600]), ['500 PAUSE 1', '1000 expired'])
    assert.deepEqual(follow({ secondsAsked: 6 }), ['500 PAUSE 5', '4500 PAUSE 2', '6000 expired'])
    assert.deepEqual(follow({ secondsAsked: 5, promiseSeconds: 60 }), [
      '500 PAUSE 5',
      '5000 expired',
    ])
  })

  test('PausePlan keeps every promise to a client that is heard, whatever is asked', () => {
    const asked = fc.record({
      secondsAsked: fc.integer({ min: 1, max: 3600 }),
      promiseSeconds: fc.integer({ min: 2, max: 60 }),
    })
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 50 })
    fc.assert(
      fc.property(asked, gaps, (options, gaps) => {
        let at = 0
        const repeats = gaps.map((gap) => (at += gap))
        const steps = follow(options, repeats).map((text) => text.split(' '))
        const times = steps.map(([at]) => Number(at))
        assert.equal(times.at(-1), options.secondsAsked * 1000)
        for (const [index, [, kind, seconds]] of steps.entries()) {
          const [at = 0, nextAt = 0] = times.slice(index)
          const [earlierAt = -1, thirdAt = -1] = [times[index - 3], times[index - 2]]
          if (kind === 'expired') return
          const isUnheard = !repeats.some((repeat) => repeat >= earlierAt && repeat <= at)
          assert.ok(index < 3 || !isUnheard, 'a fourth without a sign of life')
          const isHeard = repeats.some((repeat) => repeat > thirdAt && repeat < at)
          const isKept = nextAt <= at + Number(seconds) * 1000
          assert.ok((index >= 2 && !isHeard) || isKept, 'a promise is broken')
          assert.ok(index + 2 === steps.length || nextAt >= at + 1000, 'two within a second')
        }
      }),
    )
  })
})

describe('pauseSecondsAsked', () => {
  const asks = (kind: TftpRequest['kind'], pause?: string): TftpRequest => ({
    kind,
    filename: Uint8Array.of(0x78),
    mode: 'octet',
    options: new Map(pause === undefined ? [] : [['pause', pause]]),
  })

  test('pauseSecondsAsked reads the option of a read, if it is one', () => {
    assert.equal(pauseSecondsAsked(asks('read', '60')), 60)
    assert.equal(pauseSecondsAsked(asks('read', '3600')), 3600)
    for (const value of ['0', '3601', '', '1.5', '1e3', 'x']) {
      assert.equal(pauseSecondsAsked(asks('read', value)), undefined, value)
    }
    assert.equal(pauseSecondsAsked(asks('read')), undefined)
    assert.equal(pauseSecondsAsked(asks('write', '60')), undefined)
  })
})

describe('ServerEndpoint and PAUSE', () => {
  test('ServerEndpoint ignores a PAUSE that comes in, at either port', () => {
    const exchange = new TftpExchange()
    exchange.ask('x', { blksize: '100' })
    assert.deepEqual(exchange.receive(encodePause(5)), [])
    exchange.read.begin({ sizeBytes: 150 }, exchange.now)
    exchange.read.push(patterned(150), exchange.now)
    exchange.read.end(exchange.now)
    assert.deepEqual(exchange.said(), ['1> OACK blksize=100'])
    assert.deepEqual(exchange.receive(encodePause(0), { socket: 1 }), [])
    assert.deepEqual(exchange.ack(0), ['1> DATA 1 100'])
    assert.deepEqual(exchange.receive(encodePause(65_535), { socket: 1 }), [])
    assert.deepEqual(exchange.ack(1), ['1> DATA 2 50'])
    exchange.ack(2)
    assert.deepEqual(exchange.outcomes, ['delivered'])
    assert.deepEqual(new Set(exchange.dropped), new Set(['no client sends this opcode']))
  })
})
