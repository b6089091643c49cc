import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { yamlMessages } from '../testing/site-messages.ts'
import { routeSchema, siteSchema } from './schema.ts'

// Goal: every way to miss the schema is said with place, what was found and what is allowed.
// Method: a table of YAML and exact messages.

const route = 'routes:\n  - { match: /a, static: . }\n'
const SITE_KEYS = Object.keys(siteSchema.shape).join(', ')
const ROUTE_KEYS = Object.keys(routeSchema.shape).join(', ')

describe('problemsOf, top level', () => {
  const rows: readonly (readonly [string, ...string[]])[] = [
    ['listen: {}', '1 routes: found nothing, expected a list of 1 to 10000 entries'],
    ['routes: []', '1 routes: found [], expected a list of 1 to 10000 entries'],
    ['routes: .', '1 routes: found ".", expected a list of 1 to 10000 entries'],
    ['- a', '1: found ["a"], expected a map of keys'],
    ['text', '1: found "text", expected a map of keys'],
    [
      `rotues: []\n${route}`,
      `1 rotues: unknown key "rotues": did you mean "routes"? (allowed: ${SITE_KEYS})`,
    ],
    [
      `x: 1\n${route}y: 2\n`,
      `1 x: unknown key "x" (allowed: ${SITE_KEYS})`,
      `4 y: unknown key "y" (allowed: ${SITE_KEYS})`,
    ],
    [`${route}values: []`, '3 values: found [], expected a map of keys'],
    [`${route}values:`, '3 values: found nothing, expected a map of keys'],
    [`${route}log: debug`, '3 log: found "debug", expected a map of keys'],
    [
      `${route}log:\n  level: verbose`,
      '4 log.level: found "verbose", expected "debug", "info", "warn" or "error"',
    ],
    [
      `${route}limits:\n  transfersMax: 0\n  windowBlocksMax: 65\n  collectBytesMax: 1.5`,
      '4 limits.transfersMax: found 0, expected a whole number from 1 to 1000000',
      '5 limits.windowBlocksMax: found 65, expected a whole number of blocks from 1 to 64',
      '6 limits.collectBytesMax: found 1.5, expected a whole number of bytes from 0 to 4294967296',
    ],
    [
      `${route}listen: { singlePort: yes, transferPorts: 16k }`,
      '3 listen.singlePort: found "yes", expected true or false',
      '3 listen.transferPorts: found "16k", expected a whole number from 1 to 1024',
    ],
    [
      `${route}listen:\n  tftp: 70000\n  http: { port: 80 }`,
      '4 listen.tftp: found 70000, expected text, a whole number from 0 to 65535 or a list of 0 to 64 entries',
      '5 listen.http: found {"port":80}, expected text, a whole number from 0 to 65535 or a list of 0 to 64 entries',
    ],
  ]
  for (const [yaml, ...messages] of rows) {
    test(`problemsOf ${JSON.stringify(yaml)}`, async () => {
      assert.deepEqual(await yamlMessages(yaml), messages)
    })
  }
})

describe('problemsOf, routes', () => {
  const rows: readonly (readonly [string, ...string[]])[] = [
    ['{ static: . }', 'routes[0].match: found nothing, expected text'],
    ['{ match: "", static: . }', 'routes[0].match: found "", expected text that is not empty'],
    ['5', 'routes[0]: found 5, expected a map of keys'],
    [
      '{ match: /a, templat: x }',
      `routes[0].templat: unknown key "templat": did you mean "template"? (allowed: ${ROUTE_KEYS})`,
    ],
    [
      '{ match: /a, static: ., DEADLINEMS: 5 }',
      `routes[0].DEADLINEMS: unknown key "DEADLINEMS": did you mean "deadlineMs"? (allowed: ${ROUTE_KEYS})`,
    ],
    [
      '{ match: /a, static: ., timeout: 5 }',
      `routes[0].timeout: unknown key "timeout" (allowed: ${ROUTE_KEYS})`,
    ],
    [
      '{ match: /a, static: ., deadlineMs: 5s }',
      'routes[0].deadlineMs: found "5s", expected a whole number of milliseconds from 1 to 3600000',
    ],
    [
      '{ match: /a, static: ., uploadBytesMax: 16M }',
      'routes[0].uploadBytesMax: found "16M", expected a whole number of bytes from 1 to 1099511627776',
    ],
    [
      '{ match: /a, static: ., blockBytesMax: 7 }',
      'routes[0].blockBytesMax: found 7, expected a whole number of bytes from 8 to 65464',
    ],
    [
      '{ match: /a, static: ., name: 2026 }',
      'routes[0].name: found 2026, expected text: put it in quotes, "2026"',
    ],
    [
      '{ match: /a, static: ., methods: GET }',
      'routes[0].methods: found "GET", expected a list of "GET" or "PUT"',
    ],
    [
      '{ match: /a, static: ., methods: [] }',
      'routes[0].methods: found [], expected a list of "GET" or "PUT"',
    ],
    [
      '{ match: /a, static: ., methods: [GET, POST] }',
      'routes[0].methods[1]: found "POST", expected "GET" or "PUT"',
    ],
    [
      '{ match: /a, static: ., fronts: [ftp] }',
      'routes[0].fronts[0]: found "ftp", expected "tftp" or "http"',
    ],
  ]
  for (const [written, ...messages] of rows) {
    test(`problemsOf ${written}`, async () => {
      const said = await yamlMessages(`routes:\n  - ${written}\n`)
      assert.deepEqual(
        said,
        messages.map((message) => `2 ${message}`),
      )
    })
  }
})

describe('problemsOf, sources', () => {
  const rows: readonly (readonly [string, ...string[]])[] = [
    ['static: 5', 'static: found 5, expected text or a map of keys'],
    ['static:', 'static: found nothing, expected text or a map of keys'],
    ['static: ""', 'static: found "", expected text that is not empty'],
    ['static: {}', 'static: found {}: give either `folder` or `file`'],
    [
      'static: { folder: ., file: x }',
      'static: found {"folder":".","file":"x"}: give either `folder` or `file`',
    ],
    [
      'static: { folder: ., ignorecase: true }',
      'static.ignorecase: unknown key "ignorecase": did you mean "ignoreCase"? (allowed: folder, file, ignoreCase, perClient)',
    ],
    [
      'static: { folder: ., ignoreCase: on }',
      'static.ignoreCase: found "on", expected true or false',
    ],
    [
      'cgi: { folder: ., environment: { PORT: 5060 }, arguments: [true] }',
      'cgi.arguments[0]: found true, expected text: put it in quotes, "true"',
      'cgi.environment.PORT: found 5060, expected text: put it in quotes, "5060"',
    ],
    [
      'cgi: { folder: ., cgiHeaders: maybe }',
      'cgi.cgiHeaders: found "maybe", expected "auto", "always" or "never"',
    ],
    ['cgi: { script: [a] }', 'cgi.script: found ["a"], expected text'],
    ['handler: 5', 'handler: found 5, expected text or a map of keys'],
    ['handler: {}', 'handler.module: found nothing, expected text'],
    [
      'handler: { modul: a.ts }',
      'handler.module: found nothing, expected text',
      'handler.modul: unknown key "modul": did you mean "module"? (allowed: module, export)',
    ],
    [
      'template: { folder: ., fuel: 10 }',
      'template.fuel: found 10, expected a whole number from 1000 to 1000000000',
    ],
    ['template: { folder: ., values: [] }', 'template.values: found [], expected a map of keys'],
  ]
  for (const [written, ...messages] of rows) {
    test(`problemsOf ${written}`, async () => {
      const said = await yamlMessages(`routes:\n  - match: /a\n    ${written}\n`)
      assert.deepEqual(
        said,
        messages.map((message) => `3 routes[0].${message}`),
      )
    })
  }
})
