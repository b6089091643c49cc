import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chooseRange } from './choose-range.ts'

const etag = '"v1"'
const lastModified = 'Tue, 14 Nov 2023 22:13:20 GMT'
const answered = new Headers({ etag, 'last-modified': lastModified })

const range = 'bytes=2-4'
const chosen = { start: 2, end: 4 }

const cases: readonly [string, Record<string, string>, unknown][] = [
  ['a range', { range }, chosen],
  ['nothing asked', {}, undefined],
  ['If-Range with the ETag', { range, 'if-range': etag }, chosen],
  ['If-Range with another ETag', { range, 'if-range': '"v0"' }, undefined],
  ['If-Range with a weak ETag', { range, 'if-range': `W/${etag}` }, undefined],
  ['If-Range with the date', { range, 'if-range': lastModified }, chosen],
  ['If-Range with another date', { range, 'if-range': 'Tue, 14 Nov 2023 22:13:21 GMT' }, undefined],
  ['If-None-Match, which comes first', { range, 'if-none-match': '"v0"' }, undefined],
  ['If-Modified-Since', { range, 'if-modified-since': lastModified }, undefined],
  ['If-Match', { range, 'if-match': etag }, undefined],
  ['If-Unmodified-Since', { range, 'if-unmodified-since': lastModified }, undefined],
  ['the last bytes', { range: 'bytes=-3' }, { start: 7, end: 9 }],
  ['more last bytes than there are', { range: 'bytes=-30' }, { start: 0, end: 9 }],
  ['a range behind the end', { range: 'bytes=10-' }, 'unsatisfiable'],
  [
    'the range of an old version behind the end',
    { range: 'bytes=10-', 'if-range': '"v0"' },
    undefined,
  ],
  ['two ranges', { range: 'bytes=0-1,3-4' }, undefined],
  ['another unit', { range: 'seconds=1-2' }, undefined],
  ['a range backwards', { range: 'bytes=4-2' }, 'unsatisfiable'],
  ['nonsense', { range: 'bytes' }, undefined],
]

describe('chooseRange', () => {
  for (const [what, asked, expected] of cases) {
    test(`reads ${what}`, () => {
      const found = chooseRange(new Headers(asked), answered, 10)
      assert.deepEqual(typeof found === 'object' ? { ...found } : found, expected)
    })
  }

  test('finds no range in an empty file', () => {
    assert.equal(chooseRange(new Headers({ range: 'bytes=0-0' }), answered, 0), 'unsatisfiable')
  })
})
