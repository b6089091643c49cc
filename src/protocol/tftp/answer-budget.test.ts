import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AnswerBudget } from './answer-budget.ts'

const ADDRESS = '10.0.0.9'
/** A full DATA 1 without options. */
const DATA_BYTES = 516
const MINUTE_MS = 60_000

/** Asks as long as it is granted. @returns How often it was. */
function spendAll(budget: AnswerBudget, requestBytes = 25, address = ADDRESS): number {
  let count = 0
  const allowance = budget.allowance(address, requestBytes)
  while (count < 100 && allowance.spend(DATA_BYTES)) count += 1
  return count
}

describe('AnswerBudget and an address that never answers', () => {
  test('AnswerBudget lets DATA 1 go to a lone client and be repeated twice', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 25, 0)
    assert.equal(spendAll(budget), 3)
  })

  test('AnswerBudget keeps one DATA 1 for the transfer that follows one nobody answered', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 25, 0)
    spendAll(budget)
    budget.requested(ADDRESS, 25, 0)
    assert.deepEqual([spendAll(budget), spendAll(budget)], [1, 0])
  })

  test('AnswerBudget grants more as more is received, and nothing for time', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 700, 0)
    assert.equal(spendAll(budget), 4)
    assert.equal(spendAll(budget), 0)
    budget.requested(ADDRESS, 160, 1e9)
    assert.equal(spendAll(budget), 0, '5 × 516 = 3 × 860 would be three times, not less')
    budget.requested(ADDRESS, 1, 1e9)
    assert.equal(spendAll(budget), 1)
  })

  test('AnswerBudget grants the shortest requests a smaller start', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 10, 0)
    assert.equal(spendAll(budget, 10), 1)
    assert.equal(spendAll(budget, 10), 1)
    assert.equal(spendAll(budget, 10), 0)
  })

  test('AnswerBudget grants the start of the shortest request, a stray datagram aside', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 25, 0)
    budget.received(ADDRESS, 4, 0)
    assert.ok(budget.allowance(ADDRESS, 25).spend(1500))
    budget.requested(ADDRESS, 10, 0)
    assert.equal(budget.allowance(ADDRESS, 25).spend(20), false)
  })

  test('AnswerBudget keeps addresses apart', () => {
    const budget = new AnswerBudget()
    spendAll(budget)
    assert.equal(spendAll(budget, 25, '10.0.0.8'), 3)
  })

  test('AnswerBudget stays under three times what 50 equal requests were, whatever is asked', () => {
    const datagrams = fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 40 })
    const answers = fc.array(datagrams, { minLength: 50, maxLength: 50 })
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), answers, (requestBytes, asked) => {
        const budget = new AnswerBudget()
        let sentBytes = 0
        for (const answer of asked) {
          budget.requested(ADDRESS, requestBytes, 0)
          const allowance = budget.allowance(ADDRESS, requestBytes)
          for (const bytes of answer) if (allowance.spend(bytes)) sentBytes += bytes
        }
        assert.ok(sentBytes < 3 * 50 * requestBytes, `${sentBytes} bytes`)
      }),
    )
  })

  test('AnswerBudget never lets more go than the start or three times what came', () => {
    const steps = fc.array(
      fc.record({
        received: fc.integer({ min: 0, max: 600 }),
        sent: fc.integer({ min: 1, max: 600 }),
      }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        const budget = new AnswerBudget()
        let receivedBytes = 0
        let sentBytes = 0
        for (const { received, sent } of all) {
          budget.requested(ADDRESS, received, 0)
          receivedBytes += received
          if (budget.allowance(ADDRESS, received).spend(sent)) sentBytes += sent
          assert.ok(sentBytes <= Math.max(4 * DATA_BYTES, 3 * receivedBytes))
        }
      }),
    )
  })
})

describe('AnswerBudget and an address that is proved', () => {
  test('AnswerBudget frees an address, transfers already under way included', () => {
    const budget = new AnswerBudget()
    const allowance = budget.allowance(ADDRESS, 25)
    assert.equal(spendAll(budget), 3)
    assert.equal(spendAll(budget), 1)
    assert.equal(allowance.spend(DATA_BYTES), false)
    budget.allowance(ADDRESS, 25).prove(0)
    assert.ok(allowance.spend(DATA_BYTES))
    assert.equal(spendAll(budget), 100)
  })

  test('AnswerBudget lets a proof stand for five minutes from the latest one', () => {
    const budget = new AnswerBudget()
    budget.prove(ADDRESS, 0)
    budget.prove(ADDRESS, 3 * MINUTE_MS)
    budget.requested(ADDRESS, 25, 8 * MINUTE_MS - 1)
    assert.equal(spendAll(budget), 100)
    budget.requested(ADDRESS, 25, 8 * MINUTE_MS)
    assert.equal(spendAll(budget), 3)
  })
})

describe('AnswerBudget under a flood', () => {
  test('AnswerBudget remembers no more than its limit, and lets no proof be displaced', () => {
    const budget = new AnswerBudget()
    budget.prove(ADDRESS, 0)
    for (let index = 0; index < 100_000; index += 1) budget.requested(`forged ${index}`, 25, 0)
    assert.ok(budget.count <= 10_001, `${budget.count} addresses`)
    assert.equal(spendAll(budget), 100)
  })

  test('AnswerBudget grants no second start while 5,000 others come', () => {
    const budget = new AnswerBudget()
    budget.requested(ADDRESS, 25, 0)
    spendAll(budget)
    spendAll(budget)
    for (let index = 1; index < 5000; index += 1) budget.requested(`forged ${index}`, 25, 0)
    assert.equal(spendAll(budget), 0)
  })
})
