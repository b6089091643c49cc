import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compilePattern } from './pattern.ts'
import { parseHttpTarget } from './request-path.ts'
import type { Route } from './route.ts'
import { Router, type RoutingQuestion } from './router.ts'
import type { FrontName, Method } from './source.ts'

interface Given {
  readonly methods?: readonly Method[]
  readonly fronts?: readonly FrontName[]
}

function route(match: string, { methods = ['GET'], fronts = ['tftp', 'http'] }: Given = {}): Route {
  return {
    name: match,
    pattern: compilePattern(match),
    methods: new Set(methods),
    fronts: new Set(fronts),
    source: () => new Response(),
    isTriable: false,
    audience: undefined,
    patience: undefined,
    sourceName: 'test',
    origin: 'test',
    deadlineMs: 1000,
    uploadBytesMax: 0,
  }
}

function ask(target: string, change: Partial<RoutingQuestion> = {}): RoutingQuestion {
  return { method: 'GET', front: 'tftp', path: parseHttpTarget(target), ...change }
}

const router = new Router([
  route('/SEP{mac}.cnf.xml'),
  route('/{name}.cnf.xml', { fronts: ['http'] }),
  route('/inbox/{path...}', { methods: ['GET', 'PUT'] }),
  route('/logs/{path...}', { methods: ['PUT'], fronts: ['tftp'] }),
  route('/{path...}'),
])

const found = (question: RoutingQuestion): string[] =>
  Array.from(router.candidates(question), ({ route: { name } }) => name)

describe('Router.candidates', () => {
  test('gives every route that matches, in order, with its own parameters', () => {
    const candidates = [...router.candidates(ask('/SEP001122AABBCC.cnf.xml', { front: 'http' }))]
    assert.deepEqual(
      candidates.map(({ route: { name }, params }) => [name, { ...params }]),
      [
        ['/SEP{mac}.cnf.xml', { mac: '00:11:22:aa:bb:cc' }],
        ['/{name}.cnf.xml', { name: 'SEP001122AABBCC' }],
        ['/{path...}', { path: 'SEP001122AABBCC.cnf.xml' }],
      ],
    )
  })

  test('leaves out routes of the other front and of other methods', () => {
    assert.deepEqual(found(ask('/a.cnf.xml')), ['/{path...}'])
    assert.deepEqual(found(ask('/a.cnf.xml', { front: 'http' })), ['/{name}.cnf.xml', '/{path...}'])
    assert.deepEqual(found(ask('/inbox/a', { method: 'PUT' })), ['/inbox/{path...}'])
    assert.deepEqual(found(ask('/logs/a')), ['/{path...}'])
    assert.deepEqual(found(ask('/logs/a', { method: 'PUT' })), ['/logs/{path...}'])
    assert.deepEqual(found(ask('/logs/a', { method: 'PUT', front: 'http' })), [])
  })

  test('looks at a route only when its turn comes', () => {
    let looks = 0
    const last = route('/{path...}')
    const counting = {
      ...last,
      pattern: {
        ...last.pattern,
        match(path: string) {
          looks += 1
          return last.pattern.match(path)
        },
      },
    }
    const candidates = new Router([route('/a'), counting]).candidates(ask('/a'))
    assert.equal(candidates.next().value?.route.name, '/a')
    assert.equal(looks, 0)
    assert.equal(candidates.next().value?.route.name, '/{path...}')
    assert.equal(looks, 1)
  })

  test('is not changed by a change of the list it was made of', () => {
    const list = [route('/a')]
    const fixed = new Router(list)
    list.push(route('/{path...}'))
    assert.deepEqual([...fixed.candidates(ask('/b'))], [])
    assert.equal(fixed.routes.length, 1)
  })
})

describe('Router.methodsFor', () => {
  const methods = (target: string, front: FrontName): string[] => [
    ...router.methodsFor({ front, path: parseHttpTarget(target) }),
  ]

  test('tells what is not allowed from what is not there', () => {
    assert.deepEqual(methods('/a', 'tftp'), ['GET'])
    assert.deepEqual(methods('/inbox/a', 'tftp'), ['GET', 'PUT'])
    assert.deepEqual(methods('/logs/a', 'tftp'), ['PUT', 'GET'])
    assert.deepEqual(methods('/logs/a', 'http'), ['GET'])
    assert.deepEqual(methods('/', 'http'), [])
  })
})

describe('Router.explain', () => {
  const explained = (question: RoutingQuestion): unknown[] =>
    router.explain(question).map(({ verdict, params, why }) => why ?? [verdict, { ...params }])

  test('says of each route why it matches or not', () => {
    assert.deepEqual(explained(ask('/SEPx.cnf.xml')), [
      '"x.cnf.xml" is not a MAC address',
      'it is not served over TFTP',
      'the path does not begin with "/inbox/"',
      'the path does not begin with "/logs/"',
      ['match', { path: 'SEPx.cnf.xml' }],
    ])
    assert.deepEqual(explained(ask('/logs/a')).slice(3), [
      'it takes PUT, not GET',
      ['match', { path: 'logs/a' }],
    ])
    assert.equal(explained(ask('/inbox/a', { method: 'PUT' })).at(-1), 'it takes GET, not PUT')
  })

  test('matches exactly the candidates', () => {
    for (const target of [
      '/',
      '/a',
      '/a.cnf.xml',
      '/inbox/a',
      '/logs/a',
      '/SEP001122AABBCC.cnf.xml',
    ]) {
      for (const front of ['tftp', 'http'] as const) {
        for (const method of ['GET', 'PUT'] as const) {
          const question = ask(target, { front, method })
          const matching = router.explain(question).filter(({ verdict }) => verdict === 'match')
          assert.deepEqual(
            matching.map(({ route: { name } }) => name),
            found(question),
          )
        }
      }
    }
  })
})
