import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenVisits, type Visit } from './open-visits.ts'

// Goal: each request is told to be of the right client, by device and by address.

const QUIET_MS = 100

function ask(address: string, device?: string) {
  return { client: { address, port: 1 }, ...(device === undefined ? {} : { device }) }
}

class Visits extends OpenVisits<Visit> {
  constructor(max = 10) {
    super({ quietMs: QUIET_MS, max })
  }

  /** Somebody asks: who was it? */
  asked(address: string, { device, atMs = 0 }: { device?: string; atMs?: number } = {}): Visit {
    const found = this.find(ask(address, device), atMs)
    const visit = found ?? { client: address, device: undefined, lastMs: atMs }
    visit.lastMs = atMs
    this.touch(visit, device)
    return visit
  }
}

test('OpenVisits knows a device by any address, and an address by its device', () => {
  const visits = new Visits()
  const first = visits.asked('10.0.0.7')
  assert.equal(visits.asked('10.0.0.7', { device: 'a' }), first)
  assert.equal(visits.asked('10.0.0.7'), first)
  assert.equal(visits.asked('10.0.0.8', { device: 'a' }), first)
  assert.notEqual(visits.asked('10.0.0.9'), first)
})

test('OpenVisits keeps apart what cannot be told of several devices behind one address', () => {
  const visits = new Visits()
  const a = visits.asked('10.0.0.7', { device: 'a' })
  const b = visits.asked('10.0.0.7', { device: 'b' })
  const nobody = visits.asked('10.0.0.7')
  assert.equal(new Set([a, b, nobody]).size, 3)
  assert.equal(visits.asked('10.0.0.7'), nobody)
  assert.equal(visits.asked('10.0.0.7', { device: 'b' }), b)
})

test('OpenVisits ends those that were silent for long, each once', () => {
  const visits = new Visits()
  const first = visits.asked('10.0.0.7', { device: 'a' })
  visits.asked('10.0.0.8', { atMs: 50 })
  assert.notEqual(visits.asked('10.0.0.7', { atMs: QUIET_MS }), first)
  assert.deepEqual(visits.takeEnded(), [first])
  visits.sweep(QUIET_MS + 49)
  assert.equal(visits.size, 2)
  visits.sweep(QUIET_MS + 50)
  assert.equal(visits.size, 1)
  visits.sweep(QUIET_MS * 2)
  assert.equal(visits.size, 0)
  assert.equal(visits.takeEnded().length, 2)
  assert.deepEqual(visits.takeEnded(), [])
})

test('OpenVisits has no more than allowed: the one that was silent longest ends', () => {
  const visits = new Visits(2)
  visits.asked('10.0.0.7')
  const second = visits.asked('10.0.0.8')
  visits.asked('10.0.0.7')
  visits.asked('10.0.0.9')
  assert.equal(visits.size, 2)
  assert.deepEqual(visits.takeEnded(), [second])
})

test('OpenVisits forgets one that is removed', () => {
  const visits = new Visits()
  const first = visits.asked('10.0.0.7', { device: 'a' })
  visits.remove(first)
  assert.equal(visits.find(ask('10.0.0.7'), 0), undefined)
  assert.equal(visits.find(ask('10.0.0.7', 'a'), 0), undefined)
  assert.deepEqual(visits.takeEnded(), [])
})
