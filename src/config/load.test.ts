import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { siteMessages, yamlMessages } from '../testing/site-messages.ts'
import { writtenFolder } from '../testing/written-folder.ts'
import { loadSite } from './load.ts'
import { ConfigError } from './problems.ts'

const yaml = 'routes:\n  - match: /{path...}\n    static: .\n'
const module = 'export default { routes: [{ match: "/{path...}", static: "." }] }\n'

async function problemOf(target: string): Promise<string> {
  const error: unknown = await loadSite(target).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof ConfigError)
  return error.message
}

describe('loadSite, where to look', () => {
  const names = [
    'trivet.yaml',
    'trivet.yml',
    'trivet.config.ts',
    'trivet.config.js',
    'trivet.config.mjs',
  ]
  for (const name of names) {
    test(`loadSite finds ${name} in a folder and takes it by name`, async () => {
      const isYaml = name.includes('.y')
      await using folder = await writtenFolder({ [name]: isYaml ? yaml : module })
      const file = join(folder.path, name)
      const origin = isYaml ? `${file}:2` : 'routes[0]'
      for (const target of [folder.path, file]) {
        const { site, warnings } = await loadSite(target)
        assert.deepEqual([site.folder, site.file, warnings], [folder.path, file, []])
        assert.deepEqual(
          site.routes.map((route) => route.origin),
          [origin],
        )
      }
    })
  }

  test('loadSite takes a folder without a configuration for the site', async () => {
    await using folder = await writtenFolder({ 'a.txt': '', 'trivet.yaml/not-a-file': '' })
    const { site } = await loadSite(folder.path)
    assert.deepEqual([site.folder, site.file], [folder.path, undefined])
    assert.deepEqual(
      site.routes.map(({ name }) => name),
      ['scripts', 'templates', 'files'],
    )
  })

  test('loadSite without a target takes the current folder', async () => {
    await using folder = await writtenFolder({ 'trivet.yaml': yaml })
    const before = process.cwd()
    process.chdir(folder.path)
    const { site } = await loadSite(undefined)
    process.chdir(before)
    assert.deepEqual(
      site.routes.map(({ origin }) => origin),
      ['trivet.yaml:2'],
    )
  })

  test('loadSite names both configurations of a folder', async () => {
    const said = await siteMessages({ 'trivet.yaml': yaml, 'trivet.config.ts': module })
    assert.deepEqual(said, [
      '/srv/site: found trivet.yaml and trivet.config.ts, expected one of them',
    ])
  })

  test('loadSite says what it cannot take', async () => {
    await using folder = await writtenFolder({ 'site.toml': '', site: '' })
    const at = (name: string): string => join(folder.path, name)
    assert.equal(await problemOf(at('no')), `${at('no')}: no such file or folder`)
    const allowed = 'expected one of .yaml, .yml, .ts, .js, .mjs'
    assert.equal(
      await problemOf(at('site.toml')),
      `${at('site.toml')}: found ".toml" at the end of the name, ${allowed}`,
    )
    assert.equal(
      await problemOf(at('site')),
      `${at('site')}: found "" at the end of the name, ${allowed}`,
    )
    assert.match(await problemOf('a\0b'), /^a\0b: cannot be read: /)
  })
})

describe('loadSite, YAML', () => {
  test('loadSite keeps identifiers as they were written', async () => {
    const text = `${yaml}values:\n  mac: 001122334455\n  serial: 0012\n  port: 5060\n`
    await using folder = await writtenFolder({ 'trivet.yaml': text })
    const { site } = await loadSite(folder.path)
    assert.deepEqual(site.values, { mac: '001122334455', serial: '0012', port: 5060 })
  })

  test('loadSite reads addresses in every spelling', async () => {
    const text = `${yaml}listen:\n  tftp: ["0.0.0.0:69", "[::]:69", 6969]\n  http: 127.0.0.1\n`
    await using folder = await writtenFolder({ 'trivet.yaml': text })
    const { listen } = (await loadSite(folder.path)).site
    assert.deepEqual(listen.tftp, [
      { address: '0.0.0.0', port: 69 },
      { address: '::', port: 69 },
      { address: '0.0.0.0', port: 6969 },
    ])
    assert.deepEqual(listen.http, [{ address: '127.0.0.1', port: 8069 }])
  })

  test('loadSite tells no HTTP from nothing said of it', async () => {
    await using folder = await writtenFolder({ 'trivet.yaml': `${yaml}listen:\n  http: []\n` })
    const { listen } = (await loadSite(folder.path)).site
    assert.deepEqual([listen.tftp, listen.http], [undefined, []])
  })

  test('loadSite fills in what is not written', async () => {
    await using folder = await writtenFolder({
      'trivet.yaml': `${yaml}limits:\n  transfersMax: 5\nlog: { level: debug }\n`,
    })
    const { limits, log, listen } = (await loadSite(folder.path)).site
    assert.deepEqual(limits, {
      transfersMax: 5,
      transfersPerAddressMax: 1000,
      windowBlocksMax: 64,
      collectBytesMax: 67_108_864,
      generatorsMax: 256,
      generatorsWaitingMax: 20_000,
      renditionBytesMax: 1_073_741_824,
      renditionMemoryBytesMax: 67_108_864,
      renditionsKeptMax: 100_000,
      httpPatienceMs: 60_000,
    })
    assert.deepEqual([log.level, listen.singlePort, listen.transferPorts], ['debug', false, 16])
  })

  test('loadSite reads the same route through an alias', async () => {
    const text = `
routes:
  - &files { match: "/{path...}", static: ., name: one }
  - { match: /b, static: . }
values: { again: *files }
`
    assert.deepEqual(await yamlMessages(text), [])
  })

  test('loadSite refuses what is no text', async () => {
    await using folder = await writtenFolder({})
    const file = join(folder.path, 'trivet.yaml')
    await writeFile(file, Buffer.from([0x61, 0x3a, 0xff, 0xfe]))
    assert.equal(await problemOf(file), `${file}: cannot be read: it is not UTF-8 text`)
    await writeFile(file, Buffer.alloc(8 * 1024 * 1024 + 1, '#'))
    assert.equal(await problemOf(file), `${file}: found 8388609 bytes, expected at most 8388608`)
  })

  test('loadSite says that an empty file has no routes', async () => {
    const message = '1 routes: found nothing, expected a list of 1 to 10000 entries'
    assert.deepEqual(await yamlMessages(''), [message])
  })
})

describe('loadSite, modules', () => {
  test('loadSite says the path where there are no lines', async () => {
    const text = `export default {
  routes: [{ match: '/a', static: '.', deadlineMs: '5s' }, { match: '/b', handler: 5 }],
  values: new Map(),
}`
    assert.deepEqual(await siteMessages({ 'trivet.config.ts': text }), [
      '/srv/site/trivet.config.ts values: found an object of Map, expected a map of keys',
      '/srv/site/trivet.config.ts routes[0].deadlineMs: found "5s", expected a whole number of milliseconds from 1 to 3600000',
      '/srv/site/trivet.config.ts routes[1].handler: found 5, expected text or a map of keys',
    ])
  })

  test('loadSite takes an app for a handler', async () => {
    const text = `
const app = { fetch: (request: Request) => new Response(request.url) }
export default { routes: [{ match: '/a', handler: app }, { match: '/b', handler: app.fetch }] }
`
    await using folder = await writtenFolder({ 'trivet.config.ts': text })
    const { routes } = (await loadSite(folder.path)).site
    const kinds = routes.map(({ source }) => [
      source.kind,
      source.kind === 'app' && typeof source.app,
    ])
    assert.deepEqual(kinds, [
      ['app', 'object'],
      ['app', 'function'],
    ])
  })

  const broken: readonly (readonly [string, RegExp])[] = [
    [
      'export const site = 1',
      /^\/srv\/site\/trivet\.config\.ts: found no default export, expected `export default /,
    ],
    ['export default () => ({})', /: found a function, expected a map of keys$/],
    ['\n\nexport default {', /^\/srv\/site\/trivet\.config\.ts:3: cannot be loaded: Unexpected/],
    ['throw new Error("no licence")', /: cannot be loaded: no licence$/],
    ['import "./gone.ts"\nexport default {}', /: cannot be loaded: Cannot find module .*gone\.ts/],
  ]
  for (const [text, expected] of broken) {
    test(`loadSite says what is wrong with ${JSON.stringify(text)}`, async () => {
      const [message = '', ...more] = await siteMessages({ 'trivet.config.ts': text })
      assert.match(message, expected)
      assert.deepEqual(more, [])
    })
  }
})

test('loadSite names the module in which a configuration is broken', async () => {
  const [message = ''] = await siteMessages({
    'trivet.config.ts': 'import "./part.ts"\nexport default {}\n',
    'part.ts': 'const a = {\n',
  })
  assert.match(message, /^\/srv\/site\/trivet\.config\.ts: cannot be loaded: .*part\.ts:[12]\)$/)
})

describe('loadSite, warnings', () => {
  test('loadSite warns with the line of the route', async () => {
    const text = 'routes:\n  - match: /a\n    cgi: make.sh\n'
    assert.deepEqual(await yamlMessages(text, { 'make.sh': '#!/bin/sh\n' }), [
      'warning: 3 routes[0].cgi: "make.sh" is not executable: chmod +x "make.sh"',
    ])
  })

  test('loadSite warns of idle scripts in a folder without a configuration', async () => {
    await using folder = await writtenFolder({
      'cgi/idle': '#!/bin/sh\n',
      'cgi/ready': '#!/bin/sh\n',
    })
    await chmod(join(folder.path, 'cgi/ready'), 0o755)
    const { warnings } = await loadSite(folder.path)
    const message = '"cgi/idle" is not executable: chmod +x "cgi/idle"'
    assert.deepEqual(warnings, [{ file: folder.path, path: '', message }])
  })
})
