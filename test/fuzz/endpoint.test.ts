import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fuzz } from './campaign.ts'
import { goldenCorpus } from './corpus.ts'
import { endpointTarget } from './endpoint.ts'

test('endpointTarget bears whatever comes', () => {
  const { count, find } = fuzz(endpointTarget, { corpus: goldenCorpus(), seed: 1, count: 200_000 })
  assert.equal(find, undefined, String(find?.error))
  assert.equal(count, 200_000)
})
