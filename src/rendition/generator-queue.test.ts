import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../base/refusal.ts'
import { GeneratorQueue, type Turn } from './generator-queue.ts'

const turn = (client: string, route = 'r', routeMax?: number): Turn => ({ client, route, routeMax })

test('GeneratorQueue lets clients take turns, however much one of them asks for', () => {
  const queue = new GeneratorQueue({ runningMax: 1, waitingMax: 100 })
  const started: string[] = []
  const enter = (name: string, client: string): void => {
    queue.enter(turn(client), () => started.push(name))
  }
  enter('running', 'x')
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a')
  enter('b1', 'b')
  enter('b2', 'b')
  enter('c1', 'c')
  for (let count = 0; count < 7; count += 1) queue.end(turn('x'))
  assert.deepEqual(started, ['running', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
})

test('GeneratorQueue holds a route to its own limit, and lets others pass', () => {
  const queue = new GeneratorQueue({ runningMax: 3, waitingMax: 100 })
  const started: string[] = []
  const enter = (name: string, route: string, routeMax?: number): void => {
    queue.enter(turn('a', route, routeMax), () => started.push(name))
  }
  enter('slow1', 'slow', 1)
  enter('slow2', 'slow', 1)
  enter('fast1', 'fast')
  enter('fast2', 'fast')
  enter('fast3', 'fast')
  assert.deepEqual(started, ['slow1', 'fast1', 'fast2'])
  queue.end(turn('a', 'fast'))
  assert.deepEqual(started, ['slow1', 'fast1', 'fast2', 'fast3'])
  queue.end(turn('a', 'slow'))
  assert.deepEqual(started, ['slow1', 'fast1', 'fast2', 'fast3', 'slow2'])
})

test('GeneratorQueue refuses when it is full, and has room again when one leaves', () => {
  const queue = new GeneratorQueue({ runningMax: 1, waitingMax: 1 })
  queue.enter(turn('a'), () => {})
  const leave = queue.enter(turn('a'), () => assert.fail('it has left'))
  assert.throws(
    () => queue.enter(turn('b'), () => {}),
    (error) => error instanceof Refusal && error.code === 'BUSY',
  )
  leave()
  leave()
  let hasStarted = false
  queue.enter(turn('b'), () => {
    hasStarted = true
  })
  queue.end(turn('a'))
  assert.equal(hasStarted, true)
  assert.deepEqual([queue.runningCount, queue.waitingCount], [1, 0])
})

test('GeneratorQueue starts all that stay, and never more at once than allowed', () => {
  const step = fc.record({
    client: fc.constantFrom('a', 'b', 'c'),
    route: fc.constantFrom('r', 's'),
    ends: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, runningMax) => {
      const queue = new GeneratorQueue({ runningMax, waitingMax: 1000 })
      const running: Turn[] = []
      let started = 0
      const end = (): void => {
        const ended = running.shift()
        if (ended !== undefined) queue.end(ended)
      }
      for (const { client, route, ends } of steps) {
        const one = turn(client, route, route === 's' ? 2 : undefined)
        queue.enter(one, () => {
          started += 1
          running.push(one)
        })
        assert.ok(running.length <= runningMax)
        assert.ok(running.filter((of) => of.route === 's').length <= 2)
        for (let count = 0; count < ends; count += 1) end()
      }
      while (running.length > 0) end()
      assert.equal(started, steps.length)
      assert.deepEqual([queue.runningCount, queue.waitingCount], [0, 0])
    }),
  )
})
