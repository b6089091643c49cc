import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../base/refusal.ts'
import { WaitBudget } from './wait-budget.ts'

const never = new Promise<never>(() => {})

test('WaitBudget passes on what comes in time, values and errors', async () => {
  const budget = new WaitBudget({ deadlineMs: 60_000, onExceeded: () => assert.fail() })
  assert.equal(await budget.spend(Promise.resolve(7)), 7)
  await assert.rejects(budget.spend(Promise.reject(new Error('x'))), /^Error: x$/)
})

test('WaitBudget refuses when its time is used up, and says so once', async () => {
  let exceeded = 0
  const budget = new WaitBudget({ deadlineMs: 5, onExceeded: () => (exceeded += 1) })
  await assert.rejects(
    budget.spend(never),
    (error) => error instanceof Refusal && error.code === 'GENERATOR_TIMEOUT',
  )
  assert.equal(exceeded, 1)
})

test('WaitBudget adds up the waits', async () => {
  const budget = new WaitBudget({ deadlineMs: 40, onExceeded: () => {} })
  const waits = async (): Promise<never> => {
    for (;;) await budget.spend(new Promise((resolve) => setTimeout(resolve, 15)))
  }
  await assert.rejects(waits(), /deadline of 40 ms/)
})
