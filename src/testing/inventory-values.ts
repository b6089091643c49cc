import fc from 'fast-check'
import type { DeviceClass } from '../inventory/model.ts'
import type { Value, Values } from '../inventory/value.ts'

/** Few keys, so that layers meet; some that an object's prototype has, or a pointer must escape. */
const keys = fc.constantFrom('a', 'b', 'c', 'x/y', '~', 'constructor', '7')

const scalars: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, '', 'é', '1'),
  fc.integer({ min: 0, max: 3 }),
)

const secrets: fc.Arbitrary<Value> = fc
  .constantFrom('admin', 'sip/secret')
  .map((name) => ({ $secret: name }))

const trees = fc.letrec<{ plain: Value; plainMap: Values; layer: Value; layerMap: Values }>(
  (tie) => ({
    plain: fc.oneof({ maxDepth: 3 }, scalars, secrets, lists(tie('plain')), tie('plainMap')),
    plainMap: fc.dictionary(keys, tie('plain'), { maxKeys: 4, noNullPrototype: true }),
    layer: fc.oneof(
      { maxDepth: 4 },
      scalars,
      secrets,
      fc.constant({ $unset: true }),
      lists(tie('plain')),
      listEdits({ plain: tie('plain'), layer: tie('layer') }),
      tie('layerMap'),
    ),
    layerMap: fc.dictionary(keys, tie('layer'), { maxKeys: 4, noNullPrototype: true }),
  }),
)

/** Values without directives but `$secret`, as resolved values are. */
export const plainValues: fc.Arbitrary<Values> = trees.plainMap
/** One value of them. */
export const plainValue: fc.Arbitrary<Value> = trees.plain
/** What a device or class may hold, with directives of every kind. */
export const layerValues: fc.Arbitrary<Values> = trees.layerMap

function lists(elements: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.array(elements, { maxLength: 3 })
}

interface Parts {
  readonly plain: fc.Arbitrary<Value>
  readonly layer: fc.Arbitrary<Value>
}

function listEdits({ plain, layer }: Parts): fc.Arbitrary<Value> {
  const edit = fc
    .record(
      { $append: lists(plain), $prepend: lists(plain), $remove: lists(plain) },
      { requiredKeys: [] },
    )
    .filter((map) => Object.keys(map).length > 0) as fc.Arbitrary<Values>
  const ids = fc.constantFrom<Value>(1, 2, '1')
  const item = fc.oneof(
    fc
      .tuple(fc.dictionary(keys, layer, { maxKeys: 2, noNullPrototype: true }), ids)
      .map(([map, a]) => ({ ...map, a })),
    ids.map((a) => ({ a, $unset: true })),
  )
  const items = fc.uniqueArray(item, { maxLength: 3, selector: ({ a }) => a })
  const keyed = items.map((list) => ({ $mergeBy: 'a', items: list }))
  return fc.oneof(
    edit,
    keyed,
    fc.tuple(edit, keyed).map(([one, other]) => ({ ...one, ...other })),
  )
}

/**
 * Classes `c0` to `c9` at most, each with parents among those before it, in any order: no loops,
 * but orders may be impossible.
 */
export const classTrees: fc.Arbitrary<readonly DeviceClass[]> = fc
  .array(fc.tuple(layerValues, fc.array(fc.nat(9), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 10,
  })
  .map((rows) =>
    rows.map(([values, picks], index) => {
      const parents = new Set(index === 0 ? [] : picks.map((pick) => `c${pick % index}`))
      return { name: `c${index}`, parents: [...parents], values }
    }),
  )

/** The same map with its keys set in another order, all the way down. */
export function reordered(value: Value): Value {
  if (Array.isArray(value)) return value.map((element: Value) => reordered(element))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Values).map(([key, one]): [string, Value] => {
    return [key, reordered(one)]
  })
  return Object.fromEntries(entries.reverse())
}
