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

/** What was measured with real clients: the delays in seconds that they survived, and did not. */
const measured: readonly [string, NaiveStrategy, readonly number[], readonly number[]][] = [
  ['tftp-hpa', silent, [1, 2, 5, 10, 20], [30, 60]],
  ['atftp', silent, [1, 2, 5, 10, 20], [60]],
  ['atftp', once, [1, 2, 5, 10, 20], [60]],
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
  ['net-tftp', silent, [1, 2, 5, 10, 20], [60]],
  ['net-tftp', each, [1, 2, 5, 10, 20, 30, 60], []],
  ['otp', silent, [1, 2, 5, 10, 20], [30, 60]],
  ['otp', once, [1, 2, 5, 10, 20], [30, 60]],
  ['otp', onceUnsized, [], [1, 5, 20]],
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
  ['u-boot', silent, [5, 20], [90]],
  ['u-boot', once, [5, 20], [90]],
  ['u-boot', each, [20], [60]],
  ['slof', silent, [10], [60]],
  ['slof', each, [20], []],
]

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
})

const delaysSeconds = [0.1, 1, 2, 5, 6, 8, 10, 12, 15, 20, 24, 30, 60]

/**
 * Where a naive server does better, and why Trivet does not: a client that cannot be told from
 * those that an OACK each second would end, and delays at the very moment of giving up, which an
 * OACK moves by the millisecond that it travels.
 */
const given: Readonly<Record<string, readonly number[]>> = {
  'net-tftp': [30, 60],
  atftp: [30],
  'npm-tftp': [12],
}

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
  }
})
