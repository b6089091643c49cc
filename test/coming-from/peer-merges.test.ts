import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Value, Values } from '../../src/inventory/value.ts'
import { Resolver } from '../../src/inventory/resolver.ts'
import { freeZtpMerge, netBoxMerge, type WazoConfig, wazoMerge, wazoOrder } from './peer-merges.ts'

// Goal: what comes from another system means the same here, wherever docs/coming-from.md names no
// difference. Method: each system's rule, written down from its documentation, against the resolver
// on any values; and each difference that the page names, seen.

const keys = fc.constantFrom('a', 'b', 'c')
const scalars = fc.constantFrom<Value>('', '1', 0, 1, true, false)

/** Values as all three systems have them: maps, lists, scalars; no null, no empty map. */
const { map: sharedValues } = fc.letrec<{ value: Value; map: Values }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalars, fc.array(scalars, { maxLength: 2 }), tie('map')),
  map: fc.dictionary(keys, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
}))

/** Configurations `c0` to `c6` at most, each with one parent among those before it, or none. */
const forests: fc.Arbitrary<ReadonlyMap<string, WazoConfig>> = fc
  .array(fc.tuple(sharedValues, fc.option(fc.nat(6))), { minLength: 1, maxLength: 7 })
  .map((rows) => {
    const configs = rows.map(([values, pick], index): [string, WazoConfig] => {
      const parents = index === 0 || pick === null ? [] : [`c${pick % index}`]
      return [`c${index}`, { parents, values }]
    })
    return new Map(configs)
  })

function resolverOf(configs: ReadonlyMap<string, WazoConfig>): Resolver {
  return new Resolver([...configs].map(([name, config]) => ({ name, ...config })))
}

function resolved(resolver: Resolver, { parents, values }: WazoConfig): Values {
  const found = resolver.resolve({ id: 'device', classes: parents, values })
  if (found.problem !== undefined) assert.fail(found.problem.message)
  return found.values
}

test('Resolver merges what wazo-provd merges, where each configuration has one parent', () => {
  const lists = fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(forests, lists, sharedValues, (configs, picks, values) => {
      const parents = [...new Set(picks.map((pick) => `c${pick % configs.size}`))]
      const isAhead = parents.some((name, index) =>
        wazoOrder([name], configs).some((one) => parents.indexOf(one) > index),
      )
      const resolver = resolverOf(configs)
      const { problem } = resolver.resolve({ id: 'device', classes: parents, values })
      // What stands before one of its own ancestors is refused here.
      assert.equal(problem !== undefined, isAhead)
      if (isAhead) return
      assert.deepEqual(
        resolved(resolver, { parents, values }),
        wazoMerge({ parents, values }, configs),
      )
    }),
  )
})

test('Resolver keeps the order of every list, where wazo-provd keeps that of the walk', () => {
  const configs = new Map<string, WazoConfig>([
    ['country', { parents: [], values: { locale: 'nb_NO' } }],
    ['vendor', { parents: [], values: { locale: 'en_US' } }],
    ['office', { parents: ['country'], values: {} }],
    ['phone', { parents: ['vendor', 'country'], values: {} }],
  ])
  const device = { parents: ['office', 'phone'], values: {} }
  assert.deepEqual(wazoMerge(device, configs), { locale: 'en_US' })
  assert.deepEqual(resolved(resolverOf(configs), device), { locale: 'nb_NO' })
})

test('Resolver takes null for a value, which wazo-provd drops when it is saved', () => {
  const configs = new Map([['base', { parents: [], values: { ntp: '10.0.0.1' } }]])
  const device = { parents: ['base'], values: { ntp: null } }
  assert.deepEqual(wazoMerge(device, configs), { ntp: '10.0.0.1' })
  assert.deepEqual(resolved(resolverOf(configs), device), { ntp: null })
})

test('Resolver refuses a class that does not exist, which wazo-provd passes over', () => {
  const device = { parents: ['gone'], values: { line: '4007' } }
  assert.deepEqual(wazoMerge(device, new Map()), { line: '4007' })
  const { problem } = new Resolver().resolve({ id: 'phone', classes: ['gone'], values: {} })
  assert.equal(problem?.code, 'CLASS_MISSING')
})

test('Resolver merges what FreeZTP hands to its templates', () => {
  const serials = fc.uniqueArray(fc.stringMatching(/^[A-Z0-9]{4}$/), { maxLength: 3 })
  const flat = fc.dictionary(keys, fc.string(), { noNullPrototype: true })
  fc.assert(
    fc.property(flat, serials, flat, (values, idArray, global) => {
      const ids = Object.fromEntries(idArray.map((id, index) => [`idarray_${index + 1}`, id]))
      const resolver = new Resolver([
        { name: 'global', parents: [], values: { SITE: global } },
        {
          name: 'stack',
          parents: ['global'],
          values: { ...(idArray.length === 0 ? {} : { idarray: idArray, ...ids }), ...values },
        },
      ])
      assert.deepEqual(
        resolved(resolver, { parents: ['stack'], values: {} }),
        freeZtpMerge({ values, idArray, global: { name: 'SITE', values: global } }),
      )
    }),
  )
})

test('Resolver merges a key of the name of the global keystore, which FreeZTP replaces', () => {
  const values = { SITE: { vlan: '7' } }
  const global = { name: 'SITE', values: { domain: 'example.net' } }
  assert.deepEqual(freeZtpMerge({ values, global }), { SITE: { domain: 'example.net' } })
  const resolver = new Resolver([{ name: 'global', parents: [], values: { SITE: global.values } }])
  assert.deepEqual(resolved(resolver, { parents: ['global'], values }), {
    SITE: { vlan: '7', domain: 'example.net' },
  })
})

test('Resolver merges what NetBox merges, with classes in the order of the weights', () => {
  const contexts = fc.array(fc.tuple(fc.nat(3), sharedValues), { maxLength: 5 })
  fc.assert(
    fc.property(contexts, sharedValues, (rows, local) => {
      const all = rows.map(([weight, values], index) => ({ name: `c${index}`, weight, values }))
      const ordered = all.toSorted((one, other) => one.weight - other.weight)
      const resolver = new Resolver(all.map(({ name, values }) => ({ name, parents: [], values })))
      const parents = ordered.map(({ name }) => name)
      assert.deepEqual(resolved(resolver, { parents, values: local }), netBoxMerge(all, local))
    }),
  )
})

test('Resolver merges an empty map, which in NetBox replaces what is there', () => {
  const context = { name: 'all', weight: 1000, values: { snmp: { community: 'public' } } }
  const resolver = new Resolver([{ name: 'all', parents: [], values: context.values }])
  assert.deepEqual(netBoxMerge([context], { snmp: {} }), { snmp: {} })
  const merged = resolved(resolver, { parents: ['all'], values: { snmp: {} } })
  assert.deepEqual(merged, context.values)
  const unset = resolved(resolver, { parents: ['all'], values: { snmp: { $unset: true } } })
  assert.deepEqual(unset, {})
})
