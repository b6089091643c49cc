import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compilePattern, PatternError } from '../routing/pattern.ts'
import { routesFromInput } from './routes-from-input.ts'
import { routeSchema, type SiteInput } from './schema.ts'
import type { PathKind, SiteDisk } from './site-disk.ts'

// Goal: routes as written become routes as served, and what a schema cannot see is said. Method: a
// disk that is a table.

const paths: Readonly<Record<string, PathKind>> = {
  files: 'folder',
  'one.bin': 'file',
  scripts: 'folder',
  'idle.sh': 'file',
  'gen.sh': 'file',
  'app.ts': 'file',
  phones: 'folder',
  'phones/a.j2': 'file',
  'top.j2': 'file',
}
const disk: SiteDisk = {
  folder: '/srv/site',
  kindOf: (path) => paths[path] ?? 'missing',
  isExecutable: (path) => path === 'gen.sh',
  idleScripts: (path) => (path === 'scripts' ? ['scripts/old.sh'] : []),
}

type RouteInput = SiteInput['routes'][number]

function made(...routes: readonly RouteInput[]): ReturnType<typeof routesFromInput> {
  const written = routes.map((route, index) => {
    return { index, route: routeSchema.parse(route), isWhole: true }
  })
  return routesFromInput(written, { disk, originOf: (index) => `routes[${index}]` })
}

function sourceOf(route: Omit<RouteInput, 'match'>): unknown {
  const { routes, problems } = made({ match: '/{path...}', ...route })
  assert.deepEqual(problems, [])
  return routes[0]?.source
}

describe('routesFromInput, bare strings', () => {
  const cgi = {
    arguments: [],
    cgiHeaders: 'auto',
    environment: {},
    outputBytesMax: 268_435_456,
    concurrentMax: 32,
    waitingMax: 1000,
  }
  const template = { fuel: 10_000_000, values: {} }
  const rows: readonly (readonly [Omit<RouteInput, 'match'>, unknown])[] = [
    [{ static: 'files' }, { kind: 'static', options: { folder: 'files', ignoreCase: false } }],
    [{ static: 'one.bin' }, { kind: 'static', options: { file: 'one.bin', ignoreCase: false } }],
    [{ cgi: 'scripts' }, { kind: 'cgi', options: { folder: 'scripts', ...cgi } }],
    [{ cgi: 'gen.sh' }, { kind: 'cgi', options: { script: 'gen.sh', ...cgi } }],
    [{ handler: 'app.ts' }, { kind: 'handler', options: { module: 'app.ts', export: 'default' } }],
    [{ template: 'top.j2' }, { kind: 'template', options: { file: 'top.j2', ...template } }],
    [{ template: 'phones' }, { kind: 'template', options: { folder: 'phones', ...template } }],
  ]
  for (const [route, source] of rows) {
    test(`routesFromInput reads ${JSON.stringify(route)}`, () =>
      assert.deepEqual(sourceOf(route), source))
  }

  test('routesFromInput keeps an app as it is', () => {
    const app = { fetch: () => new Response('x') }
    assert.deepEqual(sourceOf({ handler: app }), { kind: 'app', app })
    assert.equal((sourceOf({ handler: app.fetch }) as { app: unknown }).app, app.fetch)
  })
})

test('routesFromInput fills in defaults and says where a route was written', () => {
  const [route] = made({ match: '/{path...}', static: 'files' }).routes
  assert.deepEqual(route, {
    name: '/{path...}',
    match: '/{path...}',
    methods: ['GET'],
    fronts: ['tftp', 'http'],
    deadlineMs: 120_000,
    uploadBytesMax: 16_777_216,
    patience: { share: 'client', keepLateMs: 900_000, whenLate: 'silence' },
    source: { kind: 'static', options: { folder: 'files', ignoreCase: false } },
    origin: 'routes[0]',
  })
  assert.equal(
    made({ match: '/a', static: 'files', blockBytesMax: 512 }).routes[0]?.blockBytesMax,
    512,
  )
})

/** What is wrong with a pattern is the pattern's own word. */
function patternProblem(match: string): string {
  try {
    compilePattern(match)
  } catch (error) {
    if (error instanceof PatternError) return error.message
  }
  throw new Error(`"${match}" is a pattern after all`)
}

describe('routesFromInput, problems', () => {
  const rows: readonly (readonly [RouteInput[], ...(readonly [string, string])[]])[] = [
    [
      [{ match: '/a' }],
      [
        'routes.0',
        'found none of them, expected exactly one of static, cgi, fastcgi, handler, template, docsis, upstream, rewrite, uploads',
      ],
    ],
    [
      [{ match: '/a', static: 'files', cgi: 'scripts' }],
      [
        'routes.0',
        'found static and cgi, expected exactly one of static, cgi, fastcgi, handler, template, docsis, upstream, rewrite, uploads',
      ],
    ],
    [[{ match: 'a', static: 'files' }], ['routes.0.match', patternProblem('a')]],
    [[{ match: '~ (', static: 'files' }], ['routes.0.match', patternProblem('~ (')]],
    [
      [
        { match: '/a', static: 'files' },
        { match: '/a', cgi: 'scripts' },
      ],
      [
        'routes.1.match',
        'found "/a", but routes[0] has that name: give one of them another `name`',
      ],
    ],
    [
      [
        { match: '/a', name: 'x', static: 'files' },
        { match: '/b', name: 'x', static: 'files' },
      ],
      ['routes.1.name', 'found "x", but routes[0] has that name: give one of them another `name`'],
    ],
    [
      [{ match: '/a', static: 'files', methods: ['GET', 'PUT'] }],
      [
        'routes.0.methods.1',
        'found "PUT", but `static` cannot take uploads; allowed: cgi, fastcgi, handler, upstream, rewrite, uploads',
      ],
    ],
    [
      [{ match: '/a', template: 'top.j2', methods: ['PUT'] }],
      [
        'routes.0.methods.0',
        'found "PUT", but `template` cannot take uploads; allowed: cgi, fastcgi, handler, upstream, rewrite, uploads',
      ],
    ],
    [[{ match: '/a', static: 'no' }], ['routes.0.static', 'no folder "no" in /srv/site']],
    [[{ match: '/a', cgi: 'no' }], ['routes.0.cgi', 'no file "no" in /srv/site']],
    [[{ match: '/a', template: 'no' }], ['routes.0.template', 'no file "no" in /srv/site']],
    [
      [{ match: '/a', upstream: 'http://{site}/' }],
      ['routes.0.upstream', 'found "http://{site}/": give `hosts`: the host has a placeholder'],
    ],
    [
      [{ match: '/{mac}', upstream: { url: 'http://h/{mca}', caFile: 'no' } }],
      ['routes.0.upstream.caFile', 'no file "no" in /srv/site'],
      [
        'routes.0.upstream.url',
        'found {mca} in the URL, but the pattern "/{mac}" captures none of that name',
      ],
    ],
    [[{ match: '/a', handler: 'no.ts' }], ['routes.0.handler', 'no file "no.ts" in /srv/site']],
    [
      [{ match: '/a', handler: 'files' }],
      ['routes.0.handler', 'found the folder "files", expected a file'],
    ],
    [
      [{ match: '/a', static: { folder: 'one.bin' } }],
      ['routes.0.static.folder', 'found the file "one.bin", expected a folder'],
    ],
    [
      [{ match: '/a', cgi: { script: 'scripts' } }],
      ['routes.0.cgi.script', 'found the folder "scripts", expected a file'],
    ],
    [
      [{ match: '/a', handler: { module: 'no.ts' } }],
      ['routes.0.handler.module', 'no file "no.ts" in /srv/site'],
    ],
    [
      [{ match: '/a', template: { file: 'no.j2', root: 'none' } }],
      ['routes.0.template.root', 'no folder "none" in /srv/site'],
      ['routes.0.template.file', 'no file "no.j2" in /srv/site'],
      ['routes.0.template.file', 'found "no.j2", expected a file below the root "none"'],
    ],
    [
      [{ match: '/a', template: { file: 'top.j2', root: 'phones' } }],
      ['routes.0.template.file', 'found "top.j2", expected a file below the root "phones"'],
    ],
    [
      [{ match: '/a', template: { folder: 'files', root: 'phones' } }],
      ['routes.0.template.folder', 'found "files", expected a folder below the root "phones"'],
    ],
  ]
  for (const [routes, ...said] of rows) {
    test(`routesFromInput ${JSON.stringify(routes)}`, () => {
      const { problems } = made(...routes)
      const found = problems.map(({ path, message }) => [path.join('.'), message])
      assert.deepEqual(found, said)
    })
  }
})

describe('routesFromInput, uploads', () => {
  test('routesFromInput lets scripts and handlers take uploads', () => {
    const { problems } = made(
      { match: '/a', cgi: 'scripts', methods: ['PUT'] },
      { match: '/b', handler: 'app.ts', methods: ['GET', 'PUT'] },
      { match: '/c', handler: () => new Response('x'), methods: ['PUT'] },
    )
    assert.deepEqual(problems, [])
  })
})

describe('routesFromInput, warnings', () => {
  function warningsOf(...routes: readonly RouteInput[]): string[] {
    const { problems, warnings } = made(...routes)
    assert.deepEqual(problems, [])
    return warnings.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }

  test('routesFromInput warns of scripts that are not executable', () => {
    const routes: RouteInput[] = [
      { match: '/a', cgi: 'scripts' },
      { match: '/b', cgi: { script: 'idle.sh' } },
      { match: '/c', cgi: 'gen.sh' },
    ]
    assert.deepEqual(warningsOf(...routes), [
      'routes.0.cgi: "scripts/old.sh" is not executable: chmod +x "scripts/old.sh"',
      'routes.1.cgi.script: "idle.sh" is not executable: chmod +x "idle.sh"',
    ])
  })

  test('routesFromInput warns of a route behind one that always answers', () => {
    const first: RouteInput = { match: '/{mac}', template: 'top.j2' }
    const second: RouteInput = { match: '/{mac}', name: 'second', static: 'files' }
    assert.deepEqual(warningsOf(first, second), [
      'routes.1: is never asked: routes[0] answers every name of "/{mac}"',
    ])
    assert.deepEqual(warningsOf({ ...first, fronts: ['tftp'] }, second), [])
    assert.deepEqual(warningsOf(first, { ...second, match: '/x' }), [])
  })

  test('routesFromInput takes a route for some devices for one that lets others through', () => {
    const first: RouteInput = { match: '/{mac}', class: 'phones', template: 'top.j2' }
    const second: RouteInput = { match: '/{mac}', name: 'second', static: 'files' }
    assert.deepEqual(warningsOf(first, second), [])
  })

  test('routesFromInput does not warn behind a source that may decline', () => {
    const match = '/{path...}'
    for (const source of [{ template: 'phones' }, { static: 'one.bin' }, { cgi: 'gen.sh' }]) {
      assert.deepEqual(warningsOf({ match, ...source }, { match, name: 'b', static: 'files' }), [])
    }
  })
})

test('routesFromInput says nothing of a source that may be among what the schema refused', () => {
  const route = routeSchema.parse({ match: '/a' })
  const parts = { disk, originOf: () => '' }
  const refused = routesFromInput([{ index: 0, route, isWhole: false }], parts)
  assert.deepEqual(refused, { routes: [], problems: [], warnings: [] })
})
