import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { layerValues } from '../testing/inventory-values.ts'
import { checkClass, checkDevice } from './check-device.ts'
import { inventoryLimits } from './limits.ts'

function problemsOf({
  problems = [],
}: ReturnType<typeof checkClass | typeof checkDevice>): string[] {
  return problems.map(({ code, message }) => `${code} ${message}`)
}

/** What is wrong with a class that holds these values. */
function wrong(values: unknown): string[] {
  return problemsOf(checkClass({ name: 'c', values })).map((text) => text.replace('class "c" ', ''))
}

test('checkDevice makes a device of an id, and fills in the rest', () => {
  assert.deepEqual(checkDevice({ id: 'sw1' }).record, {
    id: 'sw1',
    macs: [],
    addresses: [],
    classes: [],
    values: {},
    state: 'active',
  })
})

test('checkDevice writes every identifier in its one spelling', () => {
  const { record } = checkDevice({
    id: 'sw1',
    name: 'SW1.example.net',
    macs: ['0011.22AA.BBCC'],
    serial: 'FOC1234',
    uuid: '123456789ABCDEF0123456789ABCDEF0',
    addresses: ['2001:DB8:0::1', '10.0.0.1'],
    classes: ['site', 'model'],
    values: { a: [{ $secret: 'b' }] },
    state: 'disabled',
  })
  assert.deepEqual(record, {
    id: 'sw1',
    name: 'SW1.example.net',
    macs: ['00:11:22:aa:bb:cc'],
    serial: 'FOC1234',
    uuid: '12345678-9abc-def0-1234-56789abcdef0',
    addresses: ['2001:db8::1', '10.0.0.1'],
    classes: ['site', 'model'],
    values: { a: [{ $secret: 'b' }] },
    state: 'disabled',
  })
  assert.ok(Object.isFrozen(record.values['a']))
})

test('checkDevice says of everything at once where it is wrong, what was found, what is allowed', () => {
  const said = problemsOf(
    checkDevice({
      id: '-sw 1',
      macs: ['00:11:22:aa:bb:cc', '001122aabbcc', 'nonsense', 12],
      addresses: '10.0.0.1',
      classes: ['own'],
      state: 'off',
      vlan: 7,
    }),
  )
  const name = 'letters, digits, ".", "_" and "-", the first a letter or digit'
  assert.deepEqual(said, [
    'FIELD_WRONG device "-sw 1" /vlan: found the field "vlan", expected one of id, name, macs, ' +
      'serial, uuid, addresses, classes, values, state',
    `NAME_WRONG device "-sw 1" /id: found "-sw 1", expected 1 to 64 ${name}`,
    'IDENTIFIER_WRONG device "-sw 1" /macs/2: found "nonsense", ' +
      'expected a MAC such as "00:11:22:aa:bb:cc"',
    'FIELD_WRONG device "-sw 1" /macs/3: found the number 12, ' +
      'expected a MAC such as "00:11:22:aa:bb:cc"',
    'LISTED_TWICE device "-sw 1" /macs/1: found "00:11:22:aa:bb:cc" a second time, ' +
      'first at /macs/0, expected each once',
    'FIELD_WRONG device "-sw 1" /addresses: found "10.0.0.1", expected a list',
    `NAME_WRONG device "-sw 1" /classes/0: found "own", expected 1 to 64 ${name}, but not "own"`,
    'FIELD_WRONG device "-sw 1" /state: found "off", expected "active" or "disabled"',
  ])
})

test('checkClass wants a name and lists each parent once', () => {
  assert.deepEqual(checkClass({ name: 'site' }).record, { name: 'site', parents: [], values: {} })
  const codes = (input: unknown): string[] =>
    problemsOf(checkClass(input)).map((text) => text.split(' ', 1).join())
  assert.deepEqual(codes({}), ['FIELD_WRONG'])
  assert.deepEqual(codes({ name: 'own' }), ['NAME_WRONG'])
  assert.deepEqual(codes({ name: 'x', parents: ['a', 'a'] }), ['LISTED_TWICE'])
  assert.deepEqual(codes({ name: 'x', parents: Array(33).fill('a') }), ['LIMIT_EXCEEDED'])
  assert.deepEqual(codes('x'), ['FIELD_WRONG', 'FIELD_WRONG'])
})

describe('values', () => {
  test('checkClass takes every well-formed layer', () => {
    fc.assert(fc.property(layerValues, (values) => assert.deepEqual(wrong(values), [])))
  })

  test('checkClass never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (values) => {
        assert.ok(checkClass(values).problems)
        checkClass({ name: 'c', values })
        checkDevice({ id: 'd', values, macs: values, classes: [values] })
      }),
    )
  })

  const data = 'expected null, true, false, a finite number, text, a list or a map'
  const rows: readonly [unknown, string][] = [
    [[], 'VALUE_WRONG /values: found a list, expected a map of keys to values'],
    [{ a: NaN }, `VALUE_WRONG /values/a: found NaN, ${data}`],
    [{ a: [undefined] }, `VALUE_WRONG /values/a/0: found nothing, ${data}`],
    [{ a: () => 1 }, `VALUE_WRONG /values/a: found a function, ${data}`],
    [{ a: new Map() }, `VALUE_WRONG /values/a: found an object that is no plain map, ${data}`],
    [
      { '': 1 },
      'VALUE_WRONG /values/: found the key "", ' +
        'expected a key of 1 to 128 characters, not "__proto__"',
    ],
    [
      { $unset: true },
      'DIRECTIVE_WRONG /values/$unset: found "$unset" at the top, expected it below a key',
    ],
    [
      { a: { $apend: [] } },
      'DIRECTIVE_WRONG /values/a/$apend: found "$apend", expected ' +
        '$append, $prepend, $remove, $mergeBy, $unset, $secret',
    ],
    [{ a: { $append: 'x' } }, 'DIRECTIVE_WRONG /values/a/$append: found "x", expected a list'],
    [
      { a: { $append: [], b: 1 } },
      'DIRECTIVE_WRONG /values/a/b: found "b" beside "$append", ' +
        'expected only $append, $prepend, $remove in this map',
    ],
    [
      { a: { $unset: true, $append: [] } },
      'DIRECTIVE_WRONG /values/a/$append: found "$append" beside "$unset", ' +
        'expected only $unset in this map',
    ],
    [
      { a: { $append: [], 'items/0': 1 } },
      'DIRECTIVE_WRONG /values/a/items~10: found "items/0" beside "$append", ' +
        'expected only $append, $prepend, $remove in this map',
    ],
    [{ a: { $unset: 1 } }, 'DIRECTIVE_WRONG /values/a/$unset: found 1, expected true'],
    [
      { a: [{ b: { $unset: true } }] },
      'DIRECTIVE_WRONG /values/a/0/b/$unset: found "$unset", ' +
        'expected only $secret inside a list, where nothing lies below',
    ],
    [
      { a: { $secret: 'two words' } },
      'DIRECTIVE_WRONG /values/a/$secret: found "two words", expected the name of a secret: ' +
        '1 to 64 letters, digits, ".", "_", "/" and "-"',
    ],
    [
      { a: { $mergeBy: 'id' } },
      'DIRECTIVE_WRONG /values/a/items: found nothing, expected a list of maps',
    ],
    [
      { a: { $mergeBy: 'id', items: [{ id: 1 }, { id: 1 }] } },
      'DIRECTIVE_WRONG /values/a/items/1: found a second item with "id" 1, ' +
        'expected one item for each',
    ],
    [
      { a: { $mergeBy: 'id', items: [{ name: 1 }] } },
      'DIRECTIVE_WRONG /values/a/items/0: found nothing under "id", ' +
        'expected a map with text, a number, true or false under "id"',
    ],
    [
      { a: { $mergeBy: 'id', items: [{ id: 1, $append: [] }] } },
      'DIRECTIVE_WRONG /values/a/items/0/$append: found "$append", ' +
        'expected values, or $unset, beside the key of the item',
    ],
  ]
  for (const [values, expected] of rows) {
    test(`checkClass refuses: ${expected}`, () => assert.deepEqual(wrong(values), [expected]))
  }

  test('checkClass counts depth, and survives what contains itself', () => {
    const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) })
    const { valuesDepthMax } = inventoryLimits
    assert.deepEqual(wrong(nested(valuesDepthMax - 1)), [])
    const [said = ''] = wrong(nested(valuesDepthMax))
    assert.match(said, /^LIMIT_EXCEEDED .*: found more than 16 maps and lists inside each other/)
    const loop: Record<string, unknown> = {}
    loop['a'] = [loop]
    assert.match(wrong(loop)[0] ?? '', /^LIMIT_EXCEEDED/)
  })

  test('checkClass counts bytes as UTF-8, exactly', () => {
    const frame = '{"a":""}'.length
    const text = 'é'.repeat((inventoryLimits.valuesBytesMax - frame) / 2)
    assert.deepEqual(wrong({ a: text }), [])
    assert.deepEqual(wrong({ a: `${text}x` }), [
      'LIMIT_EXCEEDED /values: found more than 262144 bytes of JSON, expected at most 262144',
    ])
  })

  test('checkClass ends early where parts are used again and again', () => {
    let value: unknown = 'x'
    for (let level = 0; level < 12; level += 1) value = Array(100).fill(value)
    assert.equal(wrong({ a: value }).length, 1)
  })

  test('checkClass reports no more problems than the limit', () => {
    const values = Object.fromEntries(
      Array.from({ length: 99 }, (_, key) => [`k${key}`, undefined]),
    )
    assert.equal(wrong(values).length, inventoryLimits.problemsMax)
  })
})
