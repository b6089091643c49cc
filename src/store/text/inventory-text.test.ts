import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Device, DeviceClass } from '../../inventory/model.ts'
import type { Values } from '../../inventory/value.ts'
import { classTrees, layerValues } from '../../testing/inventory-values.ts'
import { classOf, deviceOf } from '../../testing/store-bench.ts'
import { formatInventory } from './format-inventory.ts'
import { parseInventory } from './parse-inventory.ts'

function round(classes: readonly DeviceClass[], devices: readonly Device[]): void {
  const text = formatInventory({ classes, devices })
  const { records, problems } = parseInventory(text, 'x.yaml')
  assert.deepEqual(problems, undefined, text)
  assert.deepEqual(structuredClone(records), structuredClone({ classes, devices }))
  assert.equal(formatInventory(records ?? { classes: [], devices: [] }), text)
}

/** One device with these values. */
function valuesRound(values: Values): void {
  round([], [deviceOf('d', { values })])
}

test('formatInventory and parseInventory give back every class and device', () => {
  fc.assert(
    fc.property(classTrees, layerValues, (classes, values) => {
      const names = classes.map(({ name }) => name)
      round(classes, [deviceOf('d', { classes: names.slice(0, 3), values })])
    }),
  )
})

test('formatInventory and parseInventory give back every text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[ \n\t#:'"|>&*!%@`{}[\],?~=0-9a-z-]{0,12}$/),
  )
  fc.assert(
    fc.property(texts, texts, (text, other) => {
      valuesRound({ a: text, b: [text, other], c: { d: other } })
    }),
    { numRuns: 1000 },
  )
})

test('formatInventory and parseInventory give back every number', () => {
  const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
  fc.assert(fc.property(numbers, (number) => valuesRound({ a: number === 0 ? 0 : number })))
})

const lookAlikes =
  '1e3 0x10 0o7 null ~ Null true yes No 2026-11-23 = << 1.10 0012 +1 1_000 .5 5. -0'
const nasty = [
  ...lookAlikes.split(' '),
  ...`- a\n? a\n[a\n{a\n*a\n&a\n!a\n|\n>\n%a\n@a\n\`a\n"a\n'a\na: b\na #b\n lead\ntrail `.split(
    '\n',
  ),
  ...'007 12:34:56 --- ... \uFEFFa \u0000 \u2028 \ta'.split(' '),
  '',
  '\n',
  'a\n',
  'a\n\n',
  'a\nb',
  'a \nb',
]

test('formatInventory and parseInventory keep texts that look like something else', () => {
  for (const text of nasty) valuesRound({ a: text, b: [text], [`k${text}`]: 1 })
})

test('parseInventory reads identifiers as they stand there, and values by what they look like', () => {
  const text = `classes: {base: {values: {ntp: 10.0.0.1, port: 5060, on: true, v: 1.10}}}
devices:
  0123:
    serial: 1e5
    macs: [001122334455]
    name: 12345
    classes: [base]
    values: {serial: 0012, count: 12}
`
  const { records } = parseInventory(text, 'x.yaml')
  const values = { ntp: '10.0.0.1', port: 5060, on: true, v: '1.10' }
  assert.deepEqual(records?.classes, [classOf('base', { values })])
  const own = { serial: '0012', count: 12 }
  const macs = ['00:11:22:33:44:55']
  const known = { serial: '1e5', name: '12345', macs, classes: ['base'], values: own }
  assert.deepEqual(records?.devices, [deviceOf('0123', known)])
})

test('parseInventory says all that is wrong, with its place', () => {
  const text = `classes:
  base:
    parent: [x]
device: {}
devices:
  a:
    macs: [zz]
    values:
      x: {$apend: [1]}
  b: text
  c: {}
  c: {}
`
  const { problems = [] } = parseInventory(text, 'x.yaml')
  const places = problems.map(({ message }) => message.replace(/^(x\.yaml:\d+:\d+) .*$/s, '$1'))
  assert.deepEqual(
    places.toSorted(),
    ['x.yaml:10:3', 'x.yaml:12:3', 'x.yaml:3:5', 'x.yaml:4:1', 'x.yaml:7:12', 'x.yaml:9:11'],
    JSON.stringify(problems, null, 1),
  )
  assert.match(JSON.stringify(problems), /unknown key ."device.": did you mean ."devices."/)
})

test('parseInventory takes an empty text for an empty inventory, and no other kind', () => {
  assert.deepEqual(parseInventory('', 'x').records, { classes: [], devices: [] })
  assert.deepEqual(parseInventory('classes:\ndevices:\n', 'x').records, {
    classes: [],
    devices: [],
  })
  assert.match(parseInventory('- a', 'x').problems?.[0]?.message ?? '', /^x:1:1 found no map/)
  assert.match(parseInventory('a: [', 'x').problems?.[0]?.message ?? '', /^x:\d+:\d+ /)
})
