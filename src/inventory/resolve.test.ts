import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classTrees, layerValues } from '../testing/inventory-values.ts'
import type { Said } from './explained.ts'
import type { DeviceClass } from './model.ts'
import type { Origin } from './origins.ts'
import { pointerTo, valueAt } from './pointer.ts'
import {
  type ClassOf,
  type DeviceInheritance,
  explainDevice,
  type Resolved,
  resolveDevice,
  type Unresolved,
} from './resolve.ts'
import { isList, isMap, type Value, type Values } from './value.ts'

function classesOf(
  tree: Readonly<Record<string, { parents?: string[]; values: Values }>>,
): ClassOf {
  const entries = Object.entries(tree).map(([name, { parents = [], values }]) => {
    return [name, { name, parents, values }] as const
  })
  const classes: ReadonlyMap<string, DeviceClass> = new Map(entries)
  return (name) => classes.get(name)
}

/** A diamond: site and model inherit base; phones inherits both. */
const diamond = classesOf({
  base: { values: { ntp: ['10.0.0.1'], lang: 'en', syslog: '10.0.0.9', dns: ['10.0.0.2'] } },
  site: { parents: ['base'], values: { ntp: { $append: ['10.1.0.1'] }, lang: 'de' } },
  model: {
    parents: ['base'],
    values: { ntp: { $append: ['10.2.0.1'] }, syslog: { $unset: true }, admin: { $secret: 'pin' } },
  },
  phones: { parents: ['site', 'model'], values: { lang: 'fr' } },
})

const phone: DeviceInheritance = {
  id: 'phone-7',
  classes: ['phones'],
  values: { ntp: { $remove: ['10.1.0.1'] }, dns: ['10.9.0.1'], lang: 'it' },
}

test('resolveDevice counts the base of a diamond once', () => {
  const { layers, values } = ok(resolveDevice(phone, diamond))
  assert.deepEqual(layers, ['base', 'site', 'model', 'phones', 'own'])
  assert.deepEqual(values, {
    ntp: ['10.0.0.1', '10.2.0.1'],
    lang: 'it',
    dns: ['10.9.0.1'],
    admin: { $secret: 'pin' },
  })
})

test('explainDevice says of each value of a diamond where it came from, and what it beat', () => {
  const { origins } = ok(explainDevice(phone, diamond))
  assert.deepEqual(Object.fromEntries([...origins].map(([path, one]) => [path, summary(one)])), {
    '/ntp':
      'list base ["10.0.0.1"] + site {"$append":["10.1.0.1"]} + model {"$append":["10.2.0.1"]} ' +
      '+ own {"$remove":["10.1.0.1"]} beat site /ntp/$append/0 "10.1.0.1"',
    '/ntp/0': 'value base "10.0.0.1"',
    '/ntp/1': 'value model "10.2.0.1"',
    '/lang': 'value own "it" beat base "en", site "de", phones "fr"',
    '/syslog': 'removed model {"$unset":true} beat base "10.0.0.9"',
    '/dns': 'list own ["10.9.0.1"] beat base ["10.0.0.2"]',
    '/dns/0': 'value own "10.9.0.1"',
    '/admin': 'value model {"$secret":"pin"}',
  })
})

test('explainDevice says of each part of an item which layer it came from', () => {
  const classOf = classesOf({
    base: { values: { lines: [{ id: 1, label: 'front', codecs: ['g711'] }, { id: 2 }] } },
  })
  const items = [
    { id: 1, label: 'door', codecs: { $append: ['g722'] } },
    { id: 2, $unset: true },
  ]
  const values = { lines: { $mergeBy: 'id', items } }
  const { origins } = ok(explainDevice({ id: 'd', classes: ['base'], values }, classOf))
  const at = (path: string): string => `${origins.get(path)?.layer} ${origins.get(path)?.at}`
  assert.equal(at('/lines/0/label'), 'own /lines/items/0/label')
  assert.deepEqual(origins.get('/lines/0/label')?.beaten, [
    { layer: 'base', at: '/lines/0/label', value: 'front' },
  ])
  assert.equal(at('/lines/0/codecs/0'), 'base /lines/0/codecs/0')
  assert.equal(at('/lines/0/codecs/1'), 'own /lines/items/0/codecs/$append/0')
  assert.deepEqual(origins.get('/lines')?.beaten, [
    { layer: 'base', at: '/lines/1', value: { id: 2 } },
  ])
})

test('explainDevice says what a map has beaten, and of an empty one that it is there', () => {
  const classOf = classesOf({
    base: { values: { a: { b: 1 }, e: {}, 'x/~': 1 } },
    site: { parents: ['base'], values: { a: 5 } },
  })
  const device = { id: 'd', classes: ['site'], values: { a: { c: 2 } } }
  const { origins } = ok(explainDevice(device, classOf))
  assert.deepEqual(Object.fromEntries([...origins].map(([path, one]) => [path, summary(one)])), {
    '/a': 'map own {"c":2} beat base {"b":1}, site 5',
    '/a/c': 'value own 2',
    '/e': 'map base {}',
    '/x~1~0': 'value base 1',
  })
})

function summary({ kind, layer, at, value, edits, beaten }: Origin): string {
  const say = (one: Said): string => {
    const place = one.at === at ? '' : ` ${one.at}`
    return `${one.layer}${place} ${JSON.stringify(one.value)}`
  }
  const added = edits.map((one) => ` + ${say(one)}`).join('')
  const lost = beaten.length === 0 ? '' : ` beat ${beaten.map(say).join(', ')}`
  return `${kind} ${say({ layer, at, value })}${added}${lost}`
}

test('resolveDevice and explainDevice pass on why there is no order', () => {
  const device = { id: 'd', classes: ['ghost'], values: {} }
  for (const found of [resolveDevice(device, diamond), explainDevice(device, diamond)]) {
    assert.equal(found.problem?.code, 'CLASS_MISSING')
  }
})

describe('laws of explaining', () => {
  test('explainDevice comes to the values of resolveDevice, keys in the same order', () => {
    forAll(({ device, classOf }) => {
      const fast = resolveDevice(device, classOf)
      const slow = explainDevice(device, classOf)
      if (fast.problem !== undefined) assert.deepEqual(slow, fast)
      else assert.equal(JSON.stringify(ok(slow).values), JSON.stringify(fast.values))
    })
  })

  test('explainDevice quotes each origin, edit and beaten value as it stands in its layer', () => {
    forAll(({ device, classOf }) => {
      const found = explainDevice(device, classOf)
      for (const one of found.problem === undefined ? found.origins.values() : []) {
        for (const { layer, at, value } of [one, ...one.edits, ...one.beaten]) {
          const values = layer === 'own' ? device.values : classOf(layer)?.values
          assert.deepEqual(valueAt(values ?? {}, at), value)
        }
      }
    })
  })

  test('explainDevice has an origin for every leaf and list, and it is the value that stands', () => {
    forAll(({ device, classOf }) => {
      const found = explainDevice(device, classOf)
      if (found.problem !== undefined) return
      for (const { path, value } of leaves(found.values)) {
        const origin = found.origins.get(path)
        if (isList(value)) assert.equal(origin?.kind, 'list')
        else if (isMap(value) && Object.keys(value).length === 0) assert.equal(origin?.kind, 'map')
        else assert.deepEqual([origin?.kind, origin?.value], ['value', value])
      }
    })
  })

  test('explainDevice has no origin for what is not there, save what was removed', () => {
    forAll(({ device, classOf }) => {
      const found = explainDevice(device, classOf)
      for (const [path, { kind }] of found.problem === undefined ? found.origins : []) {
        const isThere = valueAt(ok(found).values, path) !== undefined
        assert.equal(isThere, kind !== 'removed', path)
      }
    })
  })

  test('explainDevice lists what lost base first', () => {
    forAll(({ device, classOf }) => {
      const found = explainDevice(device, classOf)
      if (found.problem !== undefined) return
      const ranks = new Map(found.layers.map((layer, index) => [layer, index]))
      for (const { kind, layer, beaten } of found.origins.values()) {
        if (kind === 'list') continue
        const layers = [...beaten.map((one) => one.layer), layer]
        const sorted = layers.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
        assert.deepEqual(layers, sorted)
      }
    })
  })
})

interface Case {
  readonly device: DeviceInheritance
  readonly classOf: ClassOf
}

function forAll(claim: (one: Case) => void): void {
  const picks = fc.uniqueArray(fc.nat(9), { maxLength: 3 })
  fc.assert(
    fc.property(classTrees, picks, layerValues, (classes, indexes, values) => {
      const names = new Set(indexes.map((index) => `c${index % classes.length}`))
      const byName = new Map(classes.map((one) => [one.name, one]))
      const device = { id: 'd', classes: [...names], values }
      claim({ device, classOf: (name) => byName.get(name) })
    }),
    { numRuns: 300 },
  )
}

function ok<Found extends Resolved | Unresolved>(found: Found): Exclude<Found, Unresolved> {
  if (found.problem !== undefined) assert.fail(found.problem.message)
  return found as Exclude<Found, Unresolved>
}

/** Scalars, secrets, lists, and maps that are empty. */
function* leaves(values: Value, path = ''): Iterable<{ path: string; value: Value }> {
  const isSecret = isMap(values) && Object.hasOwn(values, '$secret')
  const isEmpty = isMap(values) && Object.keys(values).length === 0
  if (!isMap(values) || isSecret || (isEmpty && path !== '')) yield { path, value: values }
  if (isSecret) return
  if (isList(values)) {
    for (const [index, one] of values.entries()) yield* leaves(one, pointerTo(path, index))
  } else if (isMap(values)) {
    for (const [key, one] of Object.entries(values)) yield* leaves(one, pointerTo(path, key))
  }
}
