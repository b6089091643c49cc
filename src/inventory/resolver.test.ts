import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { classTrees, layerValues } from '../testing/inventory-values.ts'
import type { DeviceClass } from './model.ts'
import { explainDevice, resolveDevice } from './resolve.ts'
import { Resolver } from './resolver.ts'

function named(name: string, ...parents: string[]): DeviceClass {
  return { name, parents, values: { [name]: true } }
}

test('Resolver knows children and descendants, over a diamond and whether a parent exists', () => {
  const resolver = new Resolver([
    named('phones', 'site', 'model'),
    named('site', 'base'),
    named('model', 'base'),
    named('other', 'ghost'),
  ])
  assert.deepEqual(resolver.childrenOf('base'), ['model', 'site'])
  assert.deepEqual(resolver.descendantsOf('base'), ['model', 'phones', 'site'])
  assert.deepEqual(resolver.descendantsOf('ghost'), ['other'])
  assert.deepEqual(resolver.descendantsOf('phones'), [])
  resolver.setClass(named('model'))
  assert.deepEqual(resolver.descendantsOf('base'), ['phones', 'site'])
  resolver.deleteClass('phones')
  assert.deepEqual(resolver.descendantsOf('base'), ['site'])
  assert.deepEqual(resolver.classNames, ['model', 'other', 'site'])
})

test('Resolver survives loops: descendants end, and the problem is named once', () => {
  const resolver = new Resolver([named('a', 'b'), named('b', 'a'), named('x', 'a')])
  assert.deepEqual(resolver.descendantsOf('a'), ['b', 'x'])
  assert.deepEqual(
    resolver.problems().map(({ code }) => code),
    ['CLASS_LOOP', 'CLASS_LOOP'],
  )
  resolver.setClass(named('b'))
  assert.deepEqual(resolver.problems(), [])
})

test('Resolver shows a change to the next that asks', () => {
  const resolver = new Resolver([named('base'), named('site', 'base')])
  const device = { id: 'd', classes: ['site'], values: {} }
  assert.deepEqual(resolver.resolve(device).problem, undefined)
  resolver.setClass({ name: 'base', parents: [], values: { ntp: 1 } })
  assert.deepEqual(resolver.resolve(device), {
    layers: ['base', 'site', 'own'],
    values: { ntp: 1, site: true },
  })
  resolver.deleteClass('base')
  assert.equal(resolver.resolve(device).problem?.code, 'CLASS_MISSING')
})

test('Resolver works out nothing again for what a change does not touch', () => {
  const resolver = new Resolver([named('base'), named('site', 'base'), named('model', 'base')])
  const valuesFor = (name: string): unknown => {
    const found = resolver.resolve({ id: 'd', classes: [name], values: { map: {} } })
    return found.problem ?? found.layers
  }
  const [site, model] = [valuesFor('site'), valuesFor('model')]
  resolver.setClass({ ...named('model', 'base'), values: { changed: true } })
  assert.equal(valuesFor('site'), site)
  assert.notEqual(valuesFor('model'), model)
})

type Step =
  | { readonly set: DeviceClass; readonly remove?: undefined }
  | { readonly remove: string; readonly set?: undefined }

test('Resolver gives what resolveDevice gives, after any changes, asked in between or not', () => {
  const steps: fc.Arbitrary<readonly Step[]> = fc.array(
    fc.oneof(
      fc.tuple(fc.nat(5), fc.array(fc.nat(5), { maxLength: 2 }), layerValues).map((row): Step => {
        const [index, parents, values] = row
        const names = [...new Set(parents.map((parent) => `c${parent}`))]
        return { set: { name: `c${index}`, parents: names, values } }
      }),
      fc.nat(5).map((index): Step => ({ remove: `c${index}` })),
    ),
    { maxLength: 8 },
  )
  const lists = fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 2 }), { maxLength: 4 })
  fc.assert(
    fc.property(classTrees, steps, lists, (start, changes, indexes) => {
      const classes = new Map(start.map((one) => [one.name, one]))
      const resolver = new Resolver(start)
      const classOf = (name: string): DeviceClass | undefined => classes.get(name)
      for (const { set, remove } of [...changes, { remove: 'nobody' }]) {
        if (set !== undefined) {
          classes.set(set.name, set)
          resolver.setClass(set)
        } else {
          classes.delete(remove)
          resolver.deleteClass(remove)
        }
        for (const list of indexes) {
          const device = { id: 'd', classes: list.map((index) => `c${index}`), values: { a: 1 } }
          assert.deepEqual(resolver.resolve(device), resolveDevice(device, classOf))
          assert.deepEqual(resolver.explain(device), explainDevice(device, classOf))
        }
      }
    }),
  )
})
