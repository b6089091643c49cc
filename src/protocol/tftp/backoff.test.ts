import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff, type BackoffOptions } from './backoff.ts'

const rows: readonly [string, BackoffOptions, number[]][] = [
  ['doubles from 1 s to 5 s', {}, [1000, 2000, 4000, 5000, 5000]],
  ['begins with what was asked', { retryMs: 250 }, [250, 500, 1000, 2000, 4000]],
  ['never waits less than was asked', { retryMs: 6000 }, [6000, 6000, 6000, 6000, 6000]],
  ['stops at its own limit', { retryMsMax: 1500 }, [1000, 1500, 1500, 1500, 1500]],
  ['waits 10 ms at least', { retryMs: 0 }, [10, 20, 40, 80, 160]],
]

for (const [what, options, waits] of rows) {
  test(`Backoff ${what}, and again after a reset`, () => {
    const backoff = new Backoff(options)
    for (let round = 0; round < 2; round += 1) {
      const seen = waits.map(() => {
        const { waitMs } = backoff
        backoff.increase()
        return waitMs
      })
      assert.deepEqual(seen, waits)
      backoff.reset()
    }
  })
}
