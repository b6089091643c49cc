import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Circuit } from './circuit.ts'
import { inTurn, Upstream } from './upstream.ts'

const options = { failuresMax: 2, openMs: 1000 }

test('Circuit opens after failures in a row, and not after failures with a success between', () => {
  const circuit = new Circuit(options, () => 0)
  circuit.failed()
  circuit.succeeded()
  circuit.failed()
  assert.equal(circuit.admit(), true)
  circuit.failed()
  assert.deepEqual([circuit.isOpen, circuit.admit()], [true, false])
})

test('Circuit lets one try when its time is over, and the others when that one succeeds', () => {
  let now = 0
  const circuit = new Circuit(options, () => now)
  circuit.failed()
  circuit.failed()
  now = 999
  assert.equal(circuit.admit(), false)
  now = 1000
  assert.deepEqual([circuit.admit(), circuit.admit()], [true, false])
  circuit.failed()
  now = 1999
  assert.equal(circuit.admit(), false)
  now = 2000
  assert.equal(circuit.admit(), true)
  circuit.succeeded()
  assert.deepEqual([circuit.admit(), circuit.admit()], [true, true])
})

test('inTurn puts those that fail at the end, and takes no trial that is not needed', () => {
  let now = 0
  const upstreams = ['http://a', 'http://b', 'http://c'].map(
    (url) => new Upstream(url, options, () => now),
  )
  const [first, , third] = upstreams
  const order = (): string[] => [...inTurn(upstreams)].map(({ template }) => template.source)
  for (const _ of [1, 2]) {
    first?.circuit.failed()
    third?.circuit.failed()
  }
  assert.deepEqual(order(), ['http://b', 'http://a', 'http://c'])
  now = 1000
  assert.equal(inTurn(upstreams).next().value, first)
  assert.equal(third?.circuit.admit(), true)
  first?.circuit.succeeded()
  third?.circuit.succeeded()
  assert.deepEqual(order(), ['http://a', 'http://b', 'http://c'])
  first?.health.failed()
  first?.health.failed()
  now = 1_000_000
  assert.deepEqual(order(), ['http://b', 'http://c', 'http://a'])
})
