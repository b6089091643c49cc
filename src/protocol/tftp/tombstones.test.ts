import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tombstones } from './tombstones.ts'

const ended = { listener: 0, socket: 1, lastBlockNumber: 7 }

test('Tombstones forgets after its time, and asks to be swept no more than once a second', () => {
  const tombstones = new Tombstones(10_000)
  for (let key = 1; key <= 100; key += 1) tombstones.add(key, ended, key * 5)
  assert.equal(tombstones.get(1, 10_004)?.lastBlockNumber, 7)
  assert.equal(tombstones.get(1, 10_005), undefined)
  assert.equal(tombstones.wakeAt, 11_000)
  tombstones.sweep(11_000)
  assert.equal(tombstones.count, 0)
  assert.equal(tombstones.wakeAt, undefined)
})

test('Tombstones keeps the latest end of a peer for all of its time', () => {
  const tombstones = new Tombstones(10_000)
  tombstones.add('[::1]:9', ended, 0)
  tombstones.add('[::1]:9', { ...ended, socket: 2 }, 5000)
  assert.equal(tombstones.count, 1)
  tombstones.sweep(12_000)
  assert.equal(tombstones.get('[::1]:9', 12_000)?.socket, 2)
  tombstones.sweep(15_000)
  assert.equal(tombstones.wakeAt, undefined)
})

test('Tombstones forgets the oldest first when there are too many', () => {
  const tombstones = new Tombstones(10_000)
  for (let key = 1; key <= 20_000; key += 1) tombstones.add(key, ended, 0)
  assert.equal(tombstones.count, 8192)
  assert.equal(tombstones.get(20_000 - 8192, 0), undefined)
  assert.ok(tombstones.get(20_000 - 8191, 0))
  tombstones.clear()
  assert.equal(tombstones.count, 0)
})

test('Tombstones keeps nothing when told so', () => {
  const tombstones = new Tombstones(0)
  tombstones.add(1, ended, 0)
  assert.equal(tombstones.count, 0)
})
