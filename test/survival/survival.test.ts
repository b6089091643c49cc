import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientTiming, clientTimings } from './client-timing.ts'
import type { NaiveStrategy } from './naive-server.ts'
import { type Survival, surviveNaive, surviveTrivet } from './survive.ts'

// Goal: no client that can be helped is lost to a slow generator, and none is given a wrong file.
// Method: clients that wait, repeat themselves and give up as measured, in virtual time; first
// against naive servers, to see that the simulated clients do what the real ones did.

const silent: NaiveStrategy = { kind: 'silent', knowsSize: false }
const once: NaiveStrategy = { kind: 'oack-once', knowsSize: true }
const each: NaiveStrategy = { kind: 'oack-each-second', knowsSize: true }
const onceUnsized: NaiveStrategy = { kind: 'oack-once', knowsSize: false }
const eachUnsized: NaiveStrategy = { kind: 'oack-each-second', knowsSize: false }
const plain: NaiveStrategy = { kind: 'plain', knowsSize: false }

/** What was measured with real clients: the delays in seconds that they survived, and did not. */
const measured: readonly [string, NaiveStrategy, readonly number[], readonly number[]][] = [
  ['tftp-hpa', silent, [1, 2, 5, 10, 20], [30, 60]],
  ['atftp', silent, [1, 2, 5, 10, 20, 30], [60]],
  ['atftp', once, [1, 2, 5, 10, 20, 30], [60]],
  ['atftp', each, [1], [2, 5, 10, 20, 30, 60]],
  ['curl', silent, [1, 2, 5, 10, 20, 30, 60], []],
  ['curl', once, [1, 2, 5, 10, 20, 30, 60], []],
  ['curl', each, [1, 2, 5, 10, 20, 30, 60], []],
  ['busybox', silent, [1, 2, 5, 10], [20, 30, 60]],
  ['busybox', once, [1, 2, 5, 10], [20, 30, 60]],
  ['busybox', each, [1, 2, 5, 10, 20, 30, 60], []],
  ['go-pin', silent, [1, 2, 5, 10, 20, 30], [60]],
  ['go-pin', once, [1, 2, 5, 10, 20, 30], [60]],
  ['go-pin', each, [1, 2, 5, 10, 20, 30, 60], []],
  ['net-tftp', silent, [1, 2, 5, 10, 20, 30], [60]],
  ['net-tftp', once, [1, 2, 5, 10, 20, 30], [60]],
  ['net-tftp', each, [1, 2, 5, 10, 20, 30, 60], []],
  ['otp', silent, [1, 2, 5, 10, 20], [30, 60]],
  ['otp', once, [1, 2, 5, 10, 20], [30, 60]],
  ['otp', onceUnsized, [], [1, 2, 5, 10, 20, 30, 60]],
  ['otp', each, [1], [2, 5, 10, 20, 30, 60]],
  ['npm-tftp', silent, [1, 2, 5, 10], [20, 30, 60]],
  ['npm-tftp', once, [1, 2, 5, 10], [20, 30, 60]],
  ['npm-tftp', each, [1], [2, 5, 10, 20, 30, 60]],
  ['commons-net', silent, [1, 2, 5, 10, 20], [30, 60]],
  ['ipxe', silent, [5], [20]],
  ['ipxe', once, [5], [20]],
  ['ipxe', each, [20, 60], []],
  ['pxelinux', silent, [5, 20, 90], []],
  ['pxelinux', once, [5, 20, 90], []],
  ['pxelinux', each, [20, 60], []],
  ['grub', silent, [5, 20], [90]],
  ['grub', once, [20], []],
  ['grub', onceUnsized, [], [5, 20]],
  ['grub', each, [20], [60]],
  ['edk2-pxe', silent, [15], [60]],
  ['edk2-pxe', once, [15], []],
  ['edk2-pxe', onceUnsized, [], [2, 15]],
  ['edk2-pxe', each, [30], []],
  ['edk2-pxe', eachUnsized, [], [2, 15]],
  ['edk2-shell-s', each, [60], []],
  ['u-boot', silent, [5, 20], [90]],
  ['u-boot', once, [5, 20], [90]],
  ['u-boot', each, [20], [60]],
  ['slof', silent, [10], [60]],
  ['slof', each, [20], []],
]

/** DATA that answers options, a second late: who was seen to take it, and who was not. */
const takesPlainData: Readonly<Record<string, boolean>> = {
  ipxe: true,
  pxelinux: true,
  grub: false,
  'edk2-pxe': false,
  'edk2-shell': false,
  'u-boot': true,
  slof: true,
  atftp: true,
  curl: true,
  'busybox-b': true,
  'go-pin': true,
  'net-tftp': true,
  otp: false,
  'npm-tftp': true,
}

/** When each gave up, in seconds, and how often it had asked until then, where that was counted. */
const patience: readonly [string, NaiveStrategy, number, number?][] = [
  ['ipxe', silent, 16, 6],
  ['ipxe', once, 16],
  ['grub', silent, 35, 40],
  ['grub', once, 35],
  ['grub', each, 35],
  ['edk2-pxe', silent, 24, 6],
  ['edk2-shell', silent, 24, 6],
  ['u-boot', silent, 55, 11],
  ['u-boot', once, 55],
  ['u-boot', each, 55],
  ['slof', silent, 24, 6],
  ['tftp-hpa', silent, 25, 5],
  ['atftp', silent, 30, 6],
  ['atftp', once, 30],
  ['atftp', each, 1],
  ['busybox', silent, 13, 12],
  ['busybox', once, 13],
  ['go-pin', silent, 32, 6],
  ['go-pin', once, 32],
  ['net-tftp', silent, 30, 1],
  ['net-tftp', once, 30],
  ['otp', silent, 21, 7],
  ['otp', once, 21],
  ['npm-tftp', silent, 12, 4],
  ['npm-tftp', once, 12],
  ['commons-net', silent, 25, 1],
]
/** Nobody waits so long for nothing. */
const NEVER_MS = 3_600_000
/** What was measured is in whole seconds. */
const ROUNDING_MS = 500

function timingOf(name: string): ClientTiming {
  return clientTimings.find((timing) => timing.name === name) ?? assert.fail(name)
}

const isSurvived = ({ fate, isRight }: Survival): boolean => fate === 'file' && isRight

describe('simulated clients', () => {
  for (const [name, strategy, survived, lost] of measured) {
    const how = `${strategy.kind}${strategy.knowsSize ? ' with tsize' : ''}`
    test(`${name} against a server that is ${how} does what was measured`, () => {
      for (const seconds of [...survived, ...lost]) {
        const survival = surviveNaive(timingOf(name), strategy, seconds * 1000)
        const isExpected = survived.includes(seconds)
        assert.equal(isSurvived(survival), isExpected, `${seconds} s: ${survival.fate}`)
      }
    })
  }

  for (const [name, isTaken] of Object.entries(takesPlainData)) {
    test(`${name} ${isTaken ? 'takes' : 'does not take'} plain DATA to its options`, () => {
      assert.equal(isSurvived(surviveNaive(timingOf(name), plain, 1000)), isTaken)
    })
  }

  for (const [name, strategy, seconds, requests] of patience) {
    test(`${name} leaves a server that is ${strategy.kind} as early as was measured`, () => {
      const { fate, endedMs, requestCount } = surviveNaive(timingOf(name), strategy, NEVER_MS)
      assert.notEqual(fate, 'file')
      const isClose = Math.abs(endedMs - seconds * 1000) <= ROUNDING_MS
      assert.ok(isClose, `${endedMs} ms instead of ${seconds} s`)
      if (requests !== undefined) assert.equal(requestCount, requests)
    })
  }

  test('pxelinux waits over 90 s, as was measured', () => {
    assert.ok(surviveNaive(timingOf('pxelinux'), silent, NEVER_MS).endedMs > 90_000)
  })
})

const delaysSeconds = [0.1, 1, 2, 5, 6, 8, 10, 12, 15, 20, 24, 30, 60]

/** Where a naive server does better, in seconds; a cell that is kept after all fails the test. */
const given: Readonly<Record<string, readonly number[]>> = {
  // It is recognised by its silence after 20 s, but has no hold OACK: nobody has looked whether it
  // hears an ERROR that comes after one.
  'net-tftp': [60],
  // The very moment at which it gives up, which one OACK moves by the 2 ms that it travels.
  'npm-tftp': [12],
}

/** Even who gives up after 6 s and asks again 5 s later has a file that takes a minute. */
const WISHES_MAX = 7

describe('Trivet', () => {
  for (const timing of clientTimings) {
    for (const knowsSize of [false, true]) {
      const when = knowsSize ? 'with the size known at once' : 'with the size known at the end'
      test(`keeps ${timing.name} wherever a naive server does, ${when}`, () => {
        const naive = knowsSize ? [silent, once, each] : [silent, onceUnsized, eachUnsized]
        for (const seconds of delaysSeconds) {
          const best = naive.some((one) => isSurvived(surviveNaive(timing, one, seconds * 1000)))
          const own = surviveTrivet(timing, seconds * 1000, { knowsSize })
          const mayBeLost = given[timing.name]?.includes(seconds) === true
          assert.equal(isSurvived(own) || !best, !mayBeLost, `${seconds} s: ${own.fate}`)
        }
      })
    }

    test(`never gives ${timing.name} a wrong file, nor makes it twice, nor ends it`, () => {
      for (const seconds of delaysSeconds) {
        for (const knowsSize of [false, true]) {
          const own = surviveTrivet(timing, seconds * 1000, { knowsSize })
          assert.ok(own.fate === 'file' || own.fate === 'gave-up', `${seconds} s: ${own.fate}`)
          assert.equal(own.isRight, own.fate === 'file')
          assert.equal(own.generations, 1, `${seconds} s`)
        }
      }
    })

    test(`gives ${timing.name} the file if it asks until it is there, made once`, () => {
      for (const seconds of [20, 60]) {
        const own = surviveTrivet(timing, seconds * 1000, { wishesMax: WISHES_MAX })
        assert.ok(isSurvived(own), `${seconds} s: ${own.fate}`)
        assert.equal(own.generations, 1, `${seconds} s`)
      }
    })
  }
})
