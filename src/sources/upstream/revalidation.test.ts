import assert from 'node:assert/strict'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { Source } from '../../routing/source.ts'
import { type HttpUpstream, startUpstream } from '../../testing/http-upstream.ts'
import { ask, type AskOptions } from '../../testing/script-site.ts'
import { upstreamSource } from './index.ts'
import { upstreamOptions } from './options.ts'

// Goal: a file that has not changed is not sent again, and a file that has is. Method: a server on
// loopback that answers conditions as the test says.

function sourceOf(url: string, options: object = {}): Source {
  const parsed = upstreamOptions.parse({ url, ...options })
  return upstreamSource(parsed, { siteFolder: '/srv/site', serverSoftware: 'trivet/1.2.3' })
}

const textOf = async (source: Source, options?: AskOptions): Promise<string> =>
  (await ask(source, 'cgi/a.cfg', options).response).text()

interface Versioned extends HttpUpstream {
  /** The version that it has; a test may change it. */
  readonly state: { etag: string }
  readonly conditions: readonly (string | undefined)[]
}

/** Gives its ETag as the file, and 304 to who has it. */
async function startVersioned(
  headers: Readonly<Record<string, string>> = {},
  change: (response: ServerResponse) => void = () => {},
): Promise<Versioned> {
  const conditions: (string | undefined)[] = []
  const state = { etag: headers['etag'] ?? '"1"' }
  const app = await startUpstream((request, response) => {
    const condition = request.headers['if-none-match']
    conditions.push(condition)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.setHeader('etag', state.etag)
    change(response)
    if (condition === state.etag) response.writeHead(304).end()
    else response.end(`${state.etag} ${String(request.headers['x-tftp-ip'])}`)
  })
  return Object.assign(app, { conditions, state })
}

const other: AskOptions = { clientAddress: '10.0.0.8' }

test('upstreamSource asks whether a file has changed, whoever asks, by a strong ETag', async () => {
  await using app = await startVersioned()
  const source = sourceOf(app.origin)
  assert.equal(await textOf(source), '"1" 10.0.0.7')
  assert.equal(await textOf(source, other), '"1" 10.0.0.7')
  assert.deepEqual(app.conditions, [undefined, '"1"'])
})

test('upstreamSource takes the file that has changed', async () => {
  let age = 60
  const change = (response: ServerResponse): void => {
    response.setHeader('cache-control', `max-age=${age}`)
  }
  await using app = await startVersioned({}, change)
  const source = sourceOf(app.origin)
  await textOf(source)
  age = 30
  const unchanged = await ask(source, 'cgi/a.cfg').response
  assert.equal(unchanged.status, 200)
  assert.equal(unchanged.headers.get('cache-control'), 'max-age=30')
  assert.equal(unchanged.headers.get('content-length'), '12')
  assert.equal(await unchanged.text(), '"1" 10.0.0.7')
  app.state.etag = '"2"'
  assert.equal(await textOf(source), '"2" 10.0.0.7')
  assert.equal(await textOf(source), '"2" 10.0.0.7')
  assert.deepEqual(app.conditions, [undefined, '"1"', '"1"', '"2"'])
})

test('upstreamSource keeps a weakly marked or private file for who had it', async () => {
  for (const headers of [{ etag: 'W/"1"' }, { 'cache-control': 'private' }]) {
    await using app = await startVersioned(headers)
    const source = sourceOf(app.origin)
    await textOf(source)
    await textOf(source, other)
    await textOf(source)
    const etag = 'etag' in headers ? headers.etag : '"1"'
    assert.deepEqual(app.conditions, [undefined, undefined, etag])
  }
})

test('upstreamSource keeps nothing that must not be kept, and nothing when it has no room', async () => {
  for (const headers of [{ 'cache-control': 'no-store' }, { vary: '*' }]) {
    await using app = await startVersioned(headers)
    const source = sourceOf(app.origin)
    await textOf(source)
    await textOf(source)
    assert.deepEqual(app.conditions, [undefined, undefined])
  }
  for (const revalidateBytesMax of [0, 1030]) {
    await using app = await startVersioned()
    const source = sourceOf(app.origin, { revalidateBytesMax })
    await textOf(source)
    await textOf(source)
    assert.deepEqual(app.conditions, [undefined, undefined])
  }
})

test('upstreamSource does not believe "not modified" of another file', async () => {
  let isLying = false
  await using app = await startUpstream((request, response) => {
    if (isLying && request.headers['if-none-match'] !== undefined) {
      response.writeHead(304, { etag: '"2"' }).end()
    } else response.writeHead(200, { etag: '"1"' }).end(isLying ? 'new' : 'old')
  })
  const source = sourceOf(app.origin)
  assert.equal(await textOf(source), 'old')
  isLying = true
  assert.equal(await textOf(source), 'new')
})

test('upstreamSource goes by a date only if it is old enough to be sure', async () => {
  const conditions: (string | undefined)[] = []
  await using app = await startUpstream((request, response) => {
    conditions.push(request.headers['if-modified-since'])
    const distance = request.url === '/old' ? 3_600_000 : 10_000
    response.setHeader('last-modified', new Date(Date.now() - distance).toUTCString())
    if (request.headers['if-modified-since']) response.writeHead(304).end()
    else response.end('file')
  })
  for (const name of ['old', 'new']) {
    const source = sourceOf(`${app.origin}/${name}`)
    assert.equal(await textOf(source), 'file')
    assert.equal(await textOf(source), 'file')
  }
  assert.deepEqual(
    conditions.map((condition) => condition !== undefined),
    [false, true, false, false],
  )
})

test('upstreamSource follows redirects to its hosts, as many as it may', async () => {
  let seen: IncomingHttpHeaders = {}
  await using target = await startUpstream((request, response) => {
    seen = request.headers
    response.end('there')
  })
  await using app = await startUpstream((request, response) => {
    const next = request.url === '/two' ? '/one' : `${target.origin}/x`
    response.writeHead(302, { location: next }).end()
  })
  const { port } = target
  const options = { redirects: 2, headers: { 'x-key': 'k' } }
  const there = { ...options, hosts: [`127.0.0.1:${port}`] }
  assert.equal(await textOf(sourceOf(`${app.origin}/two`, there)), 'there')
  assert.equal(seen['x-key'], undefined)
  assert.equal(seen['x-tftp-ip'], '10.0.0.7')
  const refused = (change: object, message: RegExp): Promise<void> =>
    assert.rejects(textOf(sourceOf(`${app.origin}/two`, { ...there, ...change })), { message })
  await refused({ redirects: 1 }, /at most 1 are followed \(redirects\)$/)
  await refused({ redirects: 0 }, /answered 302, a redirect to http:.*at most 0 are followed/)
  await refused({ hosts: [] }, /not one of the hosts \(hosts\)$/)
  assert.equal(target.asked.length, 1)
})

test('upstreamSource does not follow a redirect of an upload', async () => {
  await using app = await startUpstream((request, response) => {
    request.resume()
    response.writeHead(307, { location: '/there' }).end()
  })
  const body = new Blob(['abc']).stream()
  await assert.rejects(
    ask(sourceOf(app.origin, { redirects: 5 }), 'cgi/a.cfg', { body, uploadBytes: 3 }).response,
    { message: /answered 307, a redirect of an upload$/ },
  )
  assert.deepEqual(app.asked, ['PUT /'])
})
