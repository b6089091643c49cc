import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { layerValues, plainValues, reordered } from '../testing/inventory-values.ts'
import { diffValues, type ValueChange } from './diff.ts'
import { valueAt } from './pointer.ts'
import { areEqual, type Value } from './value.ts'

test('diffValues names what was added, removed and changed, as deep as it can', () => {
  const before = { ntp: ['a'], vlans: { office: 10, voice: 20 }, lang: 'en', ports: [1, 2] }
  const after = { ntp: ['a', 'b'], vlans: { office: 10, voice: 21 }, dns: null, ports: [1, 3] }
  assert.deepEqual(diffValues(before, after), [
    { path: '/ntp', before: ['a'], after: ['a', 'b'] },
    { path: '/vlans/voice', before: 20, after: 21 },
    { path: '/lang', before: 'en', after: undefined },
    { path: '/ports/1', before: 2, after: 3 },
    { path: '/dns', before: undefined, after: null },
  ])
})

test('diffValues takes secrets and other directives whole', () => {
  const before = { pin: { $secret: 'one' }, ntp: { $append: ['a'] } }
  const after = { pin: { $secret: 'two' }, ntp: { $append: ['b'] } }
  assert.deepEqual(
    diffValues(before, after).map(({ path }) => path),
    ['/pin', '/ntp'],
  )
})

test('diffValues finds nothing between equal values, and something between others', () => {
  fc.assert(
    fc.property(layerValues, layerValues, (one, other) => {
      assert.deepEqual(diffValues(one, reordered(one)), [])
      assert.equal(diffValues(one, other).length === 0, areEqual(one, other))
    }),
  )
})

test('diffValues quotes both sides as they stand, and says enough to come from one to the other', () => {
  fc.assert(
    fc.property(plainValues, plainValues, (before, after) => {
      const changes = diffValues(before, after)
      for (const change of changes) {
        assert.deepEqual(valueAt(before, change.path), change.before)
        assert.deepEqual(valueAt(after, change.path), change.after)
      }
      assert.ok(areEqual(changes.reduce<Value>(applyChange, before), after))
    }),
  )
})

/** Sets or removes what one change names. */
function applyChange(value: Value, { path, after }: ValueChange): Value {
  if (path === '') return after ?? null
  const copy = structuredClone(value) as Record<string, unknown>
  const steps = path.slice(1).split('/')
  const last = steps.pop() ?? ''
  const above = valueAt(copy as Value, steps.length === 0 ? '' : `/${steps.join('/')}`)
  const key = last.replaceAll('~1', '/').replaceAll('~0', '~')
  if (after === undefined) delete (above as Record<string, unknown>)[key]
  else (above as Record<string, unknown>)[key] = after
  return copy as Value
}
