import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecentMap } from './recent-map.ts'

test('RecentMap never holds more than its limit, and the latest half of it certainly', () => {
  const keys = fc.array(fc.nat(30), { maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), keys, (countMax, used) => {
      const map = new RecentMap<number, string>(countMax)
      const latest: number[] = []
      for (const key of used) {
        if (map.get(key) === undefined) map.set(key, `value ${key}`)
        if (latest.includes(key)) latest.splice(latest.indexOf(key), 1)
        latest.unshift(key)
        assert.ok(map.size <= countMax)
      }
      const kept = latest.slice(0, Math.floor(countMax / 2))
      for (const key of kept.toReversed()) assert.equal(map.get(key), `value ${key}`)
    }),
  )
})

test('RecentMap keeps for ever what is looked up, whatever else comes', () => {
  const map = new RecentMap<number, string>(100)
  map.set(-1, 'in use')
  for (let key = 0; key < 10_000; key += 1) {
    map.set(key, 'seen once')
    if (key % 20 === 0) assert.equal(map.get(-1), 'in use')
  }
  assert.equal(map.get(0), undefined)
})

test('RecentMap forgets what is deleted, of either age', () => {
  const map = new RecentMap<string, number>(4)
  for (const key of ['old', 'older', 'young']) map.set(key, 1)
  map.delete('old')
  map.delete('young')
  assert.deepEqual([map.get('old'), map.get('young'), map.get('older')], [undefined, undefined, 1])
  assert.equal(map.size, 1)
})

test('RecentMap replaces a value without counting it twice', () => {
  const map = new RecentMap<string, number>(4)
  for (let value = 0; value < 10; value += 1) map.set('one', value)
  assert.deepEqual([map.get('one'), map.size], [9, 1])
})
