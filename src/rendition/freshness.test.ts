import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Freshness, freshnessOf } from './freshness.ts'

const NOW = Date.UTC(2026, 0, 1)

function freshness(
  headers: Record<string, string>,
  rest: { isForAll?: boolean; request?: Record<string, string> } = {},
): Freshness | undefined {
  return freshnessOf({
    status: 200,
    headers: new Headers(headers),
    requestHeaders: new Headers(rest.request),
    isForAll: rest.isForAll ?? false,
    now: NOW,
  })
}

const seconds = (...list: [number, number, number]): Freshness => {
  const [freshMs, revalidateMs, errorMs] = list.map((one) => one * 1000) as [number, number, number]
  return { freshMs, revalidateMs, errorMs }
}

const cases: readonly [string, Record<string, string>, Freshness | undefined][] = [
  ['nothing', {}, undefined],
  ['only a date of change', { 'last-modified': new Date(NOW - 1e10).toUTCString() }, undefined],
  ['max-age', { 'cache-control': 'max-age=60' }, seconds(60, 60, 60)],
  ['max-age=0', { 'cache-control': 'max-age=0' }, undefined],
  ['no-store', { 'cache-control': 'no-store, max-age=60' }, undefined],
  ['no-cache', { 'cache-control': 'no-cache, max-age=60' }, undefined],
  ['an age', { 'cache-control': 'max-age=60', age: '20' }, seconds(40, 40, 40)],
  [
    'stale-while-revalidate and stale-if-error',
    { 'cache-control': 'max-age=60, stale-while-revalidate=30, stale-if-error=600' },
    seconds(60, 90, 660),
  ],
  [
    'must-revalidate',
    { 'cache-control': 'max-age=60, must-revalidate, stale-if-error=600' },
    seconds(60, 60, 60),
  ],
  ['stale-if-error alone', { 'cache-control': 'stale-if-error=600' }, seconds(0, 0, 600)],
  ['a date', { expires: new Date(NOW + 90_000).toUTCString() }, seconds(90, 90, 90)],
  ['a date gone by', { expires: new Date(NOW - 90_000).toUTCString() }, undefined],
  ['nonsense', { 'cache-control': 'max-age=soon' }, undefined],
]

for (const [what, headers, expected] of cases) {
  test(`freshnessOf understands ${what}`, () => assert.deepEqual(freshness(headers), expected))
}

test('freshnessOf tells what is for one from what is for all', () => {
  const own = { 'cache-control': 'private, max-age=60, s-maxage=5' }
  assert.deepEqual(freshness(own), seconds(60, 60, 60))
  assert.equal(freshness(own, { isForAll: true }), undefined)
  const shared = { 'cache-control': 'max-age=60, s-maxage=5' }
  assert.deepEqual(freshness(shared, { isForAll: true }), seconds(5, 5, 5))
})
