import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatFinding } from '../../tools/finding.ts'
import { tidyRules } from '../../tools/tidy/rules.ts'
import { root } from './planted-tree.ts'

// Goal: this checkout keeps the rules of the house. That each rule can fail: rules.test.ts.

for (const { claim, find } of tidyRules) {
  test(claim, async () => {
    assert.deepEqual((await find(root)).map(formatFinding), [])
  })
}
