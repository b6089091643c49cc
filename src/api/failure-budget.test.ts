import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureBudget } from './failure-budget.ts'

function exhausted(budget: FailureBudget, address: string, now: number): number {
  let count = 0
  while (budget.fail(address, now) === 0) count += 1
  return count
}

test('FailureBudget takes ten at once, and one more every six seconds', () => {
  const budget = new FailureBudget()
  assert.equal(exhausted(budget, '10.0.0.1', 0), 10)
  assert.equal(budget.fail('10.0.0.1', 0), 6000)
  assert.equal(exhausted(budget, '10.0.0.1', 12_000), 2)
  assert.equal(exhausted(budget, '10.0.0.2', 0), 10)
})

test('FailureBudget takes a /64 of IPv6 for one client', () => {
  const budget = new FailureBudget()
  assert.equal(exhausted(budget, '2001:db8::1', 0), 10)
  assert.equal(exhausted(budget, '2001:db8:0:0:9::2', 0), 0)
  assert.equal(exhausted(budget, '2001:db8:0:1::1', 0), 10)
})

test('FailureBudget does not forgive when the clock goes back', () => {
  const budget = new FailureBudget()
  assert.equal(exhausted(budget, '10.0.0.1', 60_000), 10)
  assert.equal(exhausted(budget, '10.0.0.1', 0), 0)
})
