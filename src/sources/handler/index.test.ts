import assert from 'node:assert/strict'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Hono } from 'hono'
import { Refusal } from '../../base/refusal.ts'
import {
  DECLINE_HEADER,
  isDeclined,
  type RequestContext,
  type Source,
} from '../../routing/source.ts'
import { requestContext } from '../../testing/request-context.ts'
import { writtenFolder } from '../../testing/written-folder.ts'
import { handlerSource, loadHandler } from './index.ts'

/** Loads a module that is written for this test. */
async function load(
  text: string,
  { name = 'handler.ts', exported = 'default' } = {},
): Promise<Source> {
  await using folder = await writtenFolder({ [`handlers/${name}`]: text })
  await mkdir(join(folder.path, 'node_modules'))
  await symlink(
    join(import.meta.dirname, '../../../node_modules/hono'),
    join(folder.path, 'node_modules/hono'),
  )
  return await loadHandler(
    { module: `handlers/${name}`, export: exported },
    { siteFolder: folder.path },
  )
}

async function ask(
  source: Source,
  request: Request | string = 'tftp://10.0.0.1/x',
  context: RequestContext = requestContext(),
): Promise<Response> {
  return source(typeof request === 'string' ? new Request(request) : request, context)
}

async function refusalOf(answer: Promise<unknown>): Promise<Refusal> {
  const error = await answer.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error
}

const failing = async (handler: unknown): Promise<Refusal> =>
  refusalOf(ask(handlerSource(handler, 'x.ts')))

describe('loadHandler', () => {
  test('calls a function with the request and the context', async () => {
    const source = await load(`
      import type { IncomingMessage } from 'node:http'
      type Unused = IncomingMessage
      export default async (request: Request, context: { clientAddress: string; front: string }) =>
        new Response(
          \`\${request.method} \${request.url} for \${context.clientAddress} by \${context.front}\`)
    `)
    const response = await ask(source, 'tftp://10.0.0.1:69/a%2520b?c')
    assert.equal(await response.text(), 'GET tftp://10.0.0.1:69/a%2520b?c for 10.0.0.7 by tftp')
  })

  test('calls a Hono application as it is, with the context as its bindings', async () => {
    const source = await load(`
      import { Hono } from 'hono'
      type Bindings = { clientAddress: string; params: Record<string, string> }
      const app = new Hono<{ Bindings: Bindings }>()
      app.get('/switches/:name/config.txt', (c) =>
        c.text(\`hostname \${c.req.param('name')} \${c.env.clientAddress} \${c.env.params.path}\`))
      app.put('/inbox/:name', async (c) => c.text(await c.req.text(), 201))
      export default app
    `)
    const context = requestContext({ params: { path: 'sw-1/config.txt' } })
    for (const scheme of ['tftp', 'http']) {
      const got = await ask(source, `${scheme}://10.0.0.1/switches/sw-1/config.txt`, context)
      assert.equal(await got.text(), 'hostname sw-1 10.0.0.7 sw-1/config.txt')
    }
    const upload = new Request('tftp://10.0.0.1/inbox/a', { method: 'PUT', body: 'uploaded' })
    const put = await ask(source, upload)
    assert.deepEqual([put.status, await put.text()], [201, 'uploaded'])
    const missing = await ask(source, 'tftp://10.0.0.1/nothing')
    assert.deepEqual([missing.status, isDeclined(missing)], [404, false])
  })

  test('keeps `this` of an object with fetch', async () => {
    const source = await load(`
      class Greeter {
        #name = 'private'
        fetch() { return new Response(this.#name) }
      }
      export default new Greeter()
    `)
    assert.equal(await (await ask(source)).text(), 'private')
  })

  test('takes another export, and JavaScript of either kind', async () => {
    const named = await load('export const two = () => new Response("two")', { exported: 'two' })
    assert.equal(await (await ask(named)).text(), 'two')
    const module = await load('export default () => new Response("mjs")', { name: 'x.mjs' })
    assert.equal(await (await ask(module)).text(), 'mjs')
    const common = await load('module.exports = () => new Response("cjs")', { name: 'x.cjs' })
    assert.equal(await (await ask(common)).text(), 'cjs')
  })

  const broken: readonly [string, string, RegExp, { name?: string; exported?: string }?][] = [
    [
      'an object without fetch',
      'export default { get() {} }',
      /: export "default" is an object \(with get\) without fetch; a fetch function, or .* needed$/,
    ],
    ['a number', 'export default 42', /: export "default" is a number; a fetch function/],
    ['nothing', 'export default undefined', /: export "default" is undefined;/],
    [
      'a promise',
      'export default Promise.resolve(() => {})',
      /is a promise \(await it in the module\)/,
    ],
    ['a class', 'export default class Site { fetch() {} }', /export "default" is a class;/],
    [
      'no such export',
      'export const one = 1, two = 2',
      /: no export "default" \(it exports one, two\)$/,
    ],
    [
      'no export at all',
      'export {}',
      /no export "app" \(it exports nothing\)$/,
      { exported: 'app' },
    ],
    [
      'an enum',
      'const a = 1\nenum X { A }\nexport default X',
      /: TypeScript enum is not supported .*: only types .* run unbuilt \(\/.*handler\.ts:2\)$/,
    ],
    [
      'broken TypeScript',
      'const a = 1\nexport default function ( {\n',
      /\(\/.*handlers\/handler\.ts:\d\)$/,
    ],
    [
      'broken JavaScript',
      'export default 1\nlet let = 1\n',
      /: Unexpected strict mode reserved word \(\/.*handlers\/x\.mjs:2\)$/,
      { name: 'x.mjs' },
    ],
    [
      'a module that throws',
      '\nthrow new Error("no database")',
      /: it threw "no database" \(\/.*handlers\/handler\.ts:2\)$/,
    ],
    ['a module that throws null', 'throw null', /: it threw null$/],
    [
      'an import that is not there',
      'import x from "./gone.ts"\nexport default x',
      /: Cannot find module '.*handlers\/gone\.ts' imported from .*handlers\/handler\.ts$/,
    ],
    [
      'a package that is not there',
      'import x from "no-such-package"\nexport default x',
      /: Cannot find package 'no-such-package' imported from/,
    ],
    [
      'an import without that name',
      'import { x } from "./handler.ts"\nexport default x',
      /does not provide an export named 'x' \(\/.*handler\.ts:1\)$/,
    ],
  ]
  for (const [what, text, message, options] of broken) {
    test(`refuses ${what}, saying what and where`, async () => {
      await assert.rejects(load(text, options), (error) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, /^Cannot load handler "handlers\/[a-z.]+": /)
        assert.match(error.message, message)
        return true
      })
    })
  }

  test('refuses a module that is not there, or a folder', async () => {
    await using folder = await writtenFolder({ 'handlers/a.ts': '' })
    const loading = (module: string): Promise<Source> =>
      loadHandler({ module, export: 'default' }, { siteFolder: folder.path })
    await assert.rejects(loading('b.ts'), {
      message: `Cannot load handler "b.ts": there is no file ${join(folder.path, 'b.ts')}`,
    })
    await assert.rejects(loading('handlers'), {
      message: `Cannot load handler "handlers": ${join(folder.path, 'handlers')} is a folder`,
    })
  })
})

describe('handlerSource', () => {
  test('takes the Response of another library by its shape', async () => {
    const foreign = { status: 200, headers: new Headers(), body: null, ok: true }
    assert.equal(await ask(handlerSource(() => foreign, 'x.ts')), foreign)
  })

  test('hands on a refusal that the handler throws', async () => {
    const refusal = new Refusal('TOO_LARGE', 'too large')
    assert.equal(await failing(() => Promise.reject(refusal)), refusal)
  })

  test('lets a 404 of the handler stand unless it declines', async () => {
    const found = await ask(handlerSource(() => new Response(null, { status: 404 }), 'x.ts'))
    assert.deepEqual([found.status, isDeclined(found)], [404, false])
    const headers = { [DECLINE_HEADER]: '1' }
    const declined = () => new Response(null, { status: 404, headers })
    assert.ok(isDeclined(await ask(handlerSource(declined, 'x.ts'))))
    const byContext = (_: Request, context: RequestContext) => context.decline()
    assert.ok(isDeclined(await ask(handlerSource(byContext, 'x.ts'))))
  })

  test('makes what is thrown a failure: the reason for the journal, none for the client', async () => {
    const reason = new Error('password hunter2 refused by db-1')
    const notes: string[] = []
    const context = requestContext({ note: (text) => void notes.push(text) })
    const throwing = handlerSource(() => {
      throw reason
    }, 'x.ts')
    const refusal = await refusalOf(ask(throwing, undefined, context))
    assert.equal(refusal.code, 'GENERATOR_FAILED')
    assert.equal(refusal.message, 'Handler "x.ts" threw: password hunter2 refused by db-1')
    assert.equal(refusal.cause, reason)
    assert.equal(refusal.wireMessage, 'The file could not be made')
    assert.match(notes.join('\n'), /hunter2[^]*index\.test\.ts/)
  })

  const answers: readonly [string, unknown, string][] = [
    ['nothing', undefined, 'returned undefined, a Response is needed'],
    ['null', null, 'returned null, a Response is needed'],
    ['text', 'hello', 'returned the text "hello", a Response is needed'],
    ['an object', { body: 'x' }, 'returned an object (with body), a Response is needed'],
    ['a function', () => {}, 'returned a function, a Response is needed'],
    ['Response.error()', Response.error(), 'returned an error Response, a Response is needed'],
  ]
  for (const [what, answer, message] of answers) {
    test(`refuses a handler that returns ${what}`, async () => {
      const refusal = await failing(() => answer)
      assert.equal(refusal.code, 'GENERATOR_FAILED')
      assert.equal(refusal.message, `Handler "x.ts" ${message}`)
      assert.equal(refusal.wireMessage, 'The file could not be made')
    })
  }

  test('survives a handler that throws what is no error', async () => {
    for (const thrown of ['text', null, 42, Object.create(null) as object]) {
      const refusal = await failing(() => Promise.reject(thrown))
      assert.match(refusal.message, /^Handler "x\.ts" threw: ./)
    }
  })

  test('refuses the same Response for a second request', async () => {
    const same = new Response('once')
    const source = handlerSource(() => same, 'x.ts')
    assert.equal(await (await ask(source)).text(), 'once')
    const refusal = await refusalOf(ask(source))
    assert.match(refusal.message, /a Response whose body was read before, a new one is needed/)
  })

  test('hands on what a Hono application throws again in onError', async () => {
    const app = new Hono()
    app.onError((error) => {
      throw error
    })
    app.get('/x', () => {
      throw new Refusal('BUSY', 'come again')
    })
    const refusal = await refusalOf(ask(handlerSource(app, 'app')))
    assert.equal(refusal.code, 'BUSY')
  })

  test('refuses what is no handler', () => {
    assert.throws(() => handlerSource({}, 'app'), {
      message:
        'Cannot use handler "app": found an object without fetch; a fetch function, or an object with one, is needed',
    })
  })
})
