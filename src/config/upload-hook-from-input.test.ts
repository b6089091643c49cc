import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { yamlMessages } from '../testing/site-messages.ts'
import { writtenFolder } from '../testing/written-folder.ts'
import { loadSite } from './load.ts'
import type { RouteConfig } from './site.ts'

async function routeOf(route: string): Promise<RouteConfig | undefined> {
  await using folder = await writtenFolder({
    'trivet.yaml': `routes:\n  - match: /{mac}-log\n    ${route}\n`,
    'hook.ts': 'export default () => new Response()\n',
    'logs/': '',
  })
  return (await loadSite(join(folder.path, 'trivet.yaml'))).site.routes[0]
}

test('a route with uploads takes uploads and gives nothing back, unless it says otherwise', async () => {
  assert.deepEqual((await routeOf('uploads: logs'))?.methods, ['PUT'])
  const both = await routeOf('uploads: logs\n    methods: [PUT, GET]')
  assert.deepEqual(both?.methods, ['PUT', 'GET'])
})

test('uploadHookFromInput reads a source as a route has it', async () => {
  const hooks = {
    'handler: hook.ts': 'handler',
    'handler: { module: hook.ts }': 'handler',
    'cgi: { script: hook.ts, concurrentMax: 1 }': 'cgi',
    'upstream: "http://127.0.0.1/{mac:bare}"': 'upstream',
    'upstream: { url: "http://127.0.0.1/a", connectMs: 100 }': 'upstream',
  }
  for (const [written, kind] of Object.entries(hooks)) {
    const route = await routeOf(`uploads: logs\n    onUpload: { ${written} }`)
    assert.ok(route?.source.kind === 'uploads')
    assert.equal(route.source.onUpload?.kind, kind, written)
  }
})

const wrong: readonly (readonly [string, string])[] = [
  [
    'uploads: { }\n    onUpload: { }',
    '4 routes[0].onUpload: found none of them, expected exactly one of cgi, handler, upstream',
  ],
  [
    'uploads: { }\n    onUpload: { cgi: a.sh, handler: a.ts }',
    '4 routes[0].onUpload: found cgi and handler, expected exactly one of cgi, handler, upstream',
  ],
  [
    'uploads: { }\n    onUpload: { handler: none.ts }',
    '4 routes[0].onUpload.handler: no file "none.ts" in /srv/site',
  ],
  [
    'uploads: { }\n    onUpload: { upstream: { url: "http://a/", connectMs: 0 } }',
    '4 routes[0].onUpload.upstream.connectMs: found 0: Too small: expected number to be >=1',
  ],
  [
    'static: .\n    onUpload: { handler: hook.ts }',
    '4 routes[0].onUpload: is never used: the route keeps no uploads; allowed with: uploads',
  ],
  [
    'uploads: { name: "{serial}.log" }',
    '3 routes[0].uploads.name: found {serial}, but the pattern "/{mac}-log" captures none of that name',
  ],
  ['uploads: none', '3 routes[0].uploads: no folder "none" in /srv/site'],
]

for (const [route, message] of wrong) {
  test(`sourceFromInput says what is wrong with ${JSON.stringify(route)}`, async () => {
    const yaml = `routes:\n  - match: /{mac}-log\n    ${route}\n`
    const said = await yamlMessages(yaml, { 'hook.ts': 'export default () => new Response()\n' })
    assert.deepEqual(said, [message])
  })
}
