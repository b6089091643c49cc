import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Said } from './explained.ts'
import type { DeviceClass } from './model.ts'
import type { Origin } from './origins.ts'
import { Resolver } from './resolver.ts'
import type { Value } from './value.ts'

// Goal: the whole of what is explained stays as it is, since people and programs read it. Method: a
// diamond that uses every way to win, lose and add, compared with a structure worked out by hand.

const base: DeviceClass = {
  name: 'base',
  parents: [],
  values: {
    ntp: ['10.0.0.1'],
    lang: 'en',
    syslog: '10.0.0.9',
    lines: [{ id: 1, label: 'front' }],
    sip: { server: 'sip.example.net', port: 5060 },
    options: 'none',
    admin: { password: { $secret: 'base' } },
  },
}
const site: DeviceClass = {
  name: 'site',
  parents: ['base'],
  values: {
    ntp: { $append: ['10.1.0.1'] },
    lang: 'no',
    lines: { $mergeBy: 'id', items: [{ id: 1, label: 'door' }] },
    sip: { server: 'sip.oslo.example.net' },
  },
}
const model: DeviceClass = {
  name: 'model',
  parents: ['base'],
  values: {
    ntp: { $append: ['10.2.0.1'] },
    syslog: { $unset: true },
    options: {},
    admin: { password: { $secret: 'model' } },
  },
}
const phones: DeviceClass = {
  name: 'phones',
  parents: ['site', 'model'],
  values: { lang: 'fr' },
}
const phone = {
  id: 'phone-7',
  classes: ['phones'],
  values: { lang: 'it', ntp: { $remove: ['10.1.0.1'] } },
}

/** What the test is about: every path, in the order in which it is shown. */
const golden: readonly (readonly [path: string, origin: Origin])[] = [
  [
    '/ntp',
    {
      ...said('base', '/ntp', ['10.0.0.1']),
      kind: 'list',
      edits: [
        said('site', '/ntp', { $append: ['10.1.0.1'] }),
        said('model', '/ntp', { $append: ['10.2.0.1'] }),
        said('own', '/ntp', { $remove: ['10.1.0.1'] }),
      ],
      beaten: [said('site', '/ntp/$append/0', '10.1.0.1')],
    },
  ],
  ['/ntp/0', value(said('base', '/ntp/0', '10.0.0.1'))],
  ['/ntp/1', value(said('model', '/ntp/$append/0', '10.2.0.1'))],
  [
    '/lang',
    value(
      said('own', '/lang', 'it'),
      said('base', '/lang', 'en'),
      said('site', '/lang', 'no'),
      said('phones', '/lang', 'fr'),
    ),
  ],
  [
    '/syslog',
    {
      ...said('model', '/syslog', { $unset: true }),
      kind: 'removed',
      edits: [],
      beaten: [said('base', '/syslog', '10.0.0.9')],
    },
  ],
  [
    '/lines',
    {
      ...said('base', '/lines', [{ id: 1, label: 'front' }]),
      kind: 'list',
      edits: [said('site', '/lines', { $mergeBy: 'id', items: [{ id: 1, label: 'door' }] })],
      beaten: [],
    },
  ],
  ['/lines/0/id', value(said('site', '/lines/items/0/id', 1), said('base', '/lines/0/id', 1))],
  [
    '/lines/0/label',
    value(said('site', '/lines/items/0/label', 'door'), said('base', '/lines/0/label', 'front')),
  ],
  [
    '/sip/server',
    value(
      said('site', '/sip/server', 'sip.oslo.example.net'),
      said('base', '/sip/server', 'sip.example.net'),
    ),
  ],
  ['/sip/port', value(said('base', '/sip/port', 5060))],
  [
    '/options',
    {
      ...said('model', '/options', {}),
      kind: 'map',
      edits: [],
      beaten: [said('base', '/options', 'none')],
    },
  ],
  [
    '/admin/password',
    value(
      said('model', '/admin/password', { $secret: 'model' }),
      said('base', '/admin/password', { $secret: 'base' }),
    ),
  ],
]

function said(...[layer, at, what]: [layer: string, at: string, what: Value]): Said {
  return { layer, at, value: what }
}

function value(standing: Said, ...beaten: readonly Said[]): Origin {
  return { ...standing, kind: 'value', edits: [], beaten }
}

test('Resolver.explain gives the golden structure of a diamond', () => {
  const found = new Resolver([phones, model, site, base]).explain(phone)
  assert.ok(found.problem === undefined)
  assert.deepEqual(found.layers, ['base', 'site', 'model', 'phones', 'own'])
  assert.deepEqual(found.values, {
    ntp: ['10.0.0.1', '10.2.0.1'],
    lang: 'it',
    lines: [{ id: 1, label: 'door' }],
    sip: { server: 'sip.oslo.example.net', port: 5060 },
    options: {},
    admin: { password: { $secret: 'model' } },
  })
  assert.deepEqual([...found.origins], golden)
})
