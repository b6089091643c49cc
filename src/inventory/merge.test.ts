import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { layerValues, plainValues, reordered } from '../testing/inventory-values.ts'
import { canonicalText } from './canonical.ts'
import { directiveOf } from './directive.ts'
import { applyLayer, mergeLayers } from './merge.ts'
import { isList, isMap, type Value, type Values } from './value.ts'

const layerLists = fc.array(layerValues, { maxLength: 5 })

/** The laws that operators and the memory of the resolver rely on. */
describe('laws of merging', () => {
  test('mergeLayers may be cut anywhere: the fold of the rest goes on from the fold so far', () => {
    fc.assert(
      fc.property(layerLists, layerLists, (first, second) => {
        const whole = mergeLayers([...first, ...second])
        assert.deepEqual(mergeLayers(second, mergeLayers(first)), whole)
      }),
    )
  })

  test('mergeLayers does not see an empty layer', () => {
    fc.assert(
      fc.property(layerLists, layerLists, (first, second) => {
        const whole = mergeLayers([...first, ...second])
        assert.deepEqual(mergeLayers([...first, {}, ...second]), whole)
      }),
    )
  })

  test('mergeLayers of one plain layer is that layer', () => {
    fc.assert(
      fc.property(plainValues, (layer) => assert.deepEqual(mergeLayers([layer]), { ...layer })),
    )
  })

  test('applyLayer done twice is done once, without $append and $prepend', () => {
    fc.assert(
      fc.property(layerLists, layerValues, (below, layer) => {
        fc.pre(!/"\$(append|prepend)"/.test(JSON.stringify(layer)))
        const once = mergeLayers([...below, layer])
        assert.deepEqual(applyLayer(once, layer), once)
      }),
    )
  })

  test('mergeLayers of plain layers that agree on maps may merge any neighbours first', () => {
    fc.assert(
      fc.property(shaped, shaped, shaped, (a, b, c) => {
        assert.deepEqual(applyLayer(a, applyLayer(b, c)), applyLayer(applyLayer(a, b), c))
      }),
    )
  })

  test('applyLayer lets a later plain layer win at each of its leaves', () => {
    fc.assert(
      fc.property(layerLists, plainValues, (below, layer) => {
        assertHolds(mergeLayers([...below, layer]), layer)
      }),
    )
  })

  test('mergeLayers gives the same text whatever the order in which keys were set', () => {
    fc.assert(
      fc.property(layerLists, (layers) => {
        const other = mergeLayers(layers.map((layer) => reordered(layer) as Values))
        assert.equal(canonicalText(other), canonicalText(mergeLayers(layers)))
      }),
    )
  })

  test('mergeLayers leaves no directive but $secret, and nothing that can be changed', () => {
    fc.assert(fc.property(layerLists, (layers) => assertResolved(mergeLayers(layers))))
  })

  test('mergeLayers leaves its layers as they were', () => {
    fc.assert(
      fc.property(layerLists, (layers) => {
        const before = JSON.stringify(layers)
        mergeLayers(layers)
        assert.equal(JSON.stringify(layers), before)
      }),
    )
  })
})

/** Layers in which `m` is a map, `l` a list and `s` a scalar, wherever they are there at all. */
const shaped: fc.Arbitrary<Values> = fc.record(
  {
    m: fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.nat(3), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    l: fc.array(fc.nat(3), { maxLength: 2 }),
    s: fc.nat(3),
  },
  { requiredKeys: [] },
)

/** Every leaf of `layer` is in `values`. */
function assertHolds(values: Value | undefined, layer: Value): void {
  if (!isMap(layer) || directiveOf(layer) !== undefined) {
    assert.deepEqual(values, layer)
    return
  }
  assert.ok(isMap(values))
  for (const [key, value] of Object.entries(layer)) assertHolds(values[key], value)
}

function assertResolved(value: Value): void {
  assert.ok(Object.isFrozen(value))
  if (isList(value)) value.forEach(assertResolved)
  if (!isMap(value)) return
  const isSecret = directiveOf(value)?.kind === 'secret'
  assert.ok(isSecret || Object.keys(value).every((key) => !key.startsWith('$')))
  Object.values(value).forEach(assertResolved)
}

const lines = [
  { id: 1, label: 'front' },
  { id: 2, label: 'back' },
]

const cases: readonly [string, Value | undefined, Value, Value | undefined][] = [
  ['a scalar over a scalar', 1, 2, 2],
  ['null over a value: null is a value', 1, null, null],
  ['a list over a list', [1, 2], [3], [3]],
  ['a scalar over a map', { p: 1 }, 2, 2],
  ['a map over a scalar', 1, { p: 1 }, { p: 1 }],
  ['a map over a map', { p: 1, q: { r: 1 } }, { q: { s: 2 } }, { p: 1, q: { r: 1, s: 2 } }],
  ['an empty map over a map', { p: 1 }, {}, { p: 1 }],
  ['$unset', { p: 1 }, { $unset: true }, undefined],
  ['$unset over nothing', undefined, { $unset: true }, undefined],
  ['$unset in a map over nothing', undefined, { p: { $unset: true } }, {}],
  ['$append', [1], { $append: [1, 2] }, [1, 1, 2]],
  ['$prepend keeps its order', [1], { $prepend: [2, 3] }, [2, 3, 1]],
  ['$append over nothing', undefined, { $append: [1] }, [1]],
  ['$append over null', null, { $append: [1] }, [1]],
  ['$append over a scalar', 'x', { $append: [1] }, [1]],
  ['$append over a map', { p: 1 }, { $append: [1] }, [1]],
  ['$remove takes all that are equal', [1, 2, 1], { $remove: [1] }, [2]],
  ['$remove is deep', [{ p: 1, q: 2 }, 3], { $remove: [{ q: 2, p: 1 }] }, [3]],
  ['$remove over nothing', undefined, { $remove: [1] }, []],
  ['$remove before $append, as it may be written', [1, 2], { $append: [1], $remove: [1] }, [2, 1]],
  [
    '$mergeBy: where they are, new ones last',
    lines,
    { $mergeBy: 'id', items: [{ id: 3 }, { id: 1, label: 'door' }] },
    [{ id: 1, label: 'door' }, { id: 2, label: 'back' }, { id: 3 }],
  ],
  [
    '$mergeBy: directives inside',
    [{ id: 1, codecs: ['g711'], label: 'x' }],
    { $mergeBy: 'id', items: [{ id: 1, codecs: { $append: ['g722'] }, label: { $unset: true } }] },
    [{ id: 1, codecs: ['g711', 'g722'] }],
  ],
  [
    '$mergeBy: directives inside a new item',
    undefined,
    { $mergeBy: 'id', items: [{ id: 1, codecs: { $append: ['g722'] } }] },
    [{ id: 1, codecs: ['g722'] }],
  ],
  [
    '$mergeBy with $unset',
    lines,
    { $mergeBy: 'id', items: [{ id: 1, $unset: true }] },
    [lines[1] ?? null],
  ],
  [
    '$mergeBy leaves what has no such key',
    ['x', { id: '1' }],
    { $mergeBy: 'id', items: [{ id: 1 }] },
    ['x', { id: '1' }, { id: 1 }],
  ],
  [
    '$mergeBy merges into all that have the key',
    [{ id: 1, p: 1 }, { id: 1 }],
    { $mergeBy: 'id', items: [{ id: 1, q: 2 }] },
    [
      { id: 1, p: 1, q: 2 },
      { id: 1, q: 2 },
    ],
  ],
  [
    '$remove, $mergeBy, $prepend and $append, in this order',
    [{ id: 1 }, { id: 2 }],
    {
      $append: ['last'],
      $prepend: ['first'],
      $mergeBy: 'id',
      items: [{ id: 1 }, { id: 2, p: 1 }],
      $remove: [{ id: 1 }],
    },
    ['first', { id: 2, p: 1 }, { id: 1 }, 'last'],
  ],
  ['$secret is a leaf', { p: 1 }, { $secret: 'admin' }, { $secret: 'admin' }],
  ['a map over a $secret', { $secret: 'admin' }, { p: 1 }, { p: 1 }],
  ['$secret inside a list', [1], { $append: [{ $secret: 'admin' }] }, [1, { $secret: 'admin' }]],
]

for (const [name, below, said, expected] of cases) {
  test(`applyLayer: ${name}`, () => {
    const start = below === undefined ? {} : { key: below }
    const merged = applyLayer(start, { key: said })
    assert.deepEqual(merged, expected === undefined ? {} : { key: expected })
  })
}

test('applyLayer keeps keys where they were and puts new ones last', () => {
  const merged = mergeLayers([
    { b: 1, a: 1 },
    { c: 1, a: 2 },
  ])
  assert.deepEqual(Object.keys(merged), ['b', 'a', 'c'])
})

test('applyLayer treats __proto__ and constructor as keys', () => {
  const layer = JSON.parse('{"__proto__": {"p": 1}, "constructor": {"q": 2}}') as Values
  const merged = mergeLayers([layer, layer])
  assert.equal(canonicalText(merged), canonicalText(layer))
  assert.equal(Object.getPrototypeOf(merged), Object.prototype)
  assert.equal(Object.hasOwn(Object.prototype, 'p'), false)
})
