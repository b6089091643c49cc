import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import type { Source } from '../../routing/source.ts'
import {
  deadOrigin,
  type HttpUpstream,
  startRawUpstream,
  startUpstream,
} from '../../testing/http-upstream.ts'
import { ask, until } from '../../testing/script-site.ts'
import { upstreamSource } from './index.ts'
import { upstreamOptions } from './options.ts'

// Goal: a file comes as long as one of the upstreams has it, and an upload is never sent twice.
// Method: servers on loopback of which some are down, slow or wrong.

function sourceOf(url: readonly string[], options: object = {}): Source {
  const parsed = upstreamOptions.parse({ url, ...options })
  return upstreamSource(parsed, { siteFolder: '/srv/site', serverSoftware: 'trivet/1.2.3' })
}

const saying = (text: string, status = 200): Promise<HttpUpstream> =>
  startUpstream((_, response) => {
    response.writeHead(status).end(text)
  })

const textOf = async (source: Source, name = 'cgi/a.cfg'): Promise<string> =>
  (await ask(source, name).response).text()

function uploadOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const rest = [...chunks]
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = rest.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(Buffer.from(chunk))
      },
    },
    { highWaterMark: 0 },
  )
}

test('upstreamSource asks the next when one is down, and notes it', async () => {
  await using second = await saying('second')
  const dead = await deadOrigin()
  const { response, notes } = ask(sourceOf([dead, second.origin]), 'cgi/a.cfg')
  assert.equal(await (await response).text(), 'second')
  assert.deepEqual(notes, [
    `Cannot generate /cgi/a.cfg: ${dead} refused the connection: is it running?; the next is asked`,
  ])
})

test('upstreamSource asks the next when one fails, is too slow or closes', async () => {
  await using second = await saying('second')
  await using failing = await saying('no', 500)
  await using slow = await startUpstream(() => {})
  await using closing = await startRawUpstream((socket) => socket.end())
  for (const { origin } of [failing, slow, closing]) {
    assert.equal(await textOf(sourceOf([origin, second.origin], { headersMs: 50 })), 'second')
  }
  assert.equal(second.asked.length, 3)
})

test('upstreamSource does not ask the next for what the first says is not there', async () => {
  await using first = await saying('no', 404)
  await using second = await saying('second')
  await assert.rejects(textOf(sourceOf([first.origin, second.origin])), { code: 'FILE_NOT_FOUND' })
  assert.deepEqual(second.asked, [])
})

test('upstreamSource does not put two halves together', async () => {
  const half = `HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(150_000)}`
  await using first = await startRawUpstream((socket) => socket.end(half))
  await using second = await saying('second')
  await assert.rejects(textOf(sourceOf([first.origin, second.origin])), {
    code: 'GENERATOR_FAILED',
  })
  assert.deepEqual(second.asked, [])
})

test('upstreamSource says what the last of them did when all fail', async () => {
  await using failing = await saying('no', 500)
  const message = `Cannot generate /cgi/a.cfg: ${failing.origin} answered 500 for /`
  await assert.rejects(textOf(sourceOf([await deadOrigin(), failing.origin])), { message })
})

test('upstreamSource asks one that fails last for a while, and does not give it up', async () => {
  const status = { first: 503, second: 200 }
  await using first = await startUpstream((_, response) => {
    response.writeHead(status.first).end('first')
  })
  await using second = await startUpstream((_, response) => {
    response.writeHead(status.second).end('second')
  })
  const source = sourceOf([first.origin, second.origin], { failuresMax: 2, openMs: 3_600_000 })
  for (const _ of [1, 2, 3, 4]) assert.equal(await textOf(source), 'second')
  assert.equal(first.asked.length, 2)
  Object.assign(status, { first: 200, second: 503 })
  assert.equal(await textOf(source), 'first')
})

test('upstreamSource does not take a file that fails for an upstream that does', async () => {
  await using first = await startUpstream((request, response) => {
    response.writeHead(request.url === '/bad.cfg' ? 500 : 200).end('first')
  })
  await using second = await saying('second')
  const urls = [`${first.origin}/{path}`, `${second.origin}/{path}`]
  const source = sourceOf(urls, { failuresMax: 1, openMs: 3_600_000 })
  assert.equal(await textOf(source, 'cgi/bad.cfg'), 'second')
  assert.equal(await textOf(source, 'cgi/good.cfg'), 'first')
})

test('upstreamSource looks after the health of upstreams', async () => {
  let isWell = false
  await using first = await startUpstream((request, response) => {
    response.writeHead(request.url === '/health' && !isWell ? 503 : 200).end('first')
  })
  await using second = await saying('second')
  const health = { health: '/health', healthIntervalMs: 100, failuresMax: 1 }
  const source = sourceOf([first.origin, second.origin], health)
  assert.equal(await textOf(source), 'first')
  await until(async () => (await textOf(source)) === 'second')
  isWell = true
  await until(async () => (await textOf(source)) === 'first')
})

test('upstreamSource asks again when a kept connection is closed under it', async () => {
  let count = 0
  await using app = await startRawUpstream((socket) => {
    count += 1
    if (count === 2) socket.destroy()
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na')
  })
  const source = sourceOf([app.origin])
  assert.equal(await textOf(source), 'a')
  assert.equal(await textOf(source), 'a')
  assert.equal(count, 3)
})

test('upstreamSource streams an upload with its size', async () => {
  const seen = Promise.withResolvers<string>()
  await using app = await startUpstream(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    seen.resolve(`${request.method} ${request.headers['content-length']} ${text}`)
    response.writeHead(201).end()
  })
  const source = sourceOf([app.origin])
  const asked = ask(source, 'cgi/a.cfg', { body: uploadOf('one ', 'two'), uploadBytes: 7 })
  assert.equal((await asked.response).status, 201)
  assert.equal(await seen.promise, 'PUT 7 one two')
})

test('upstreamSource offers an upload to the next only if nothing of it was sent', async () => {
  await using broken = await startRawUpstream((socket, text) => {
    if (text.includes('one')) socket.destroy()
  })
  await using second = await saying('second')
  const put = (first: string): Promise<Response> =>
    ask(sourceOf([first, second.origin]), 'cgi/a.cfg', { body: uploadOf('one'), uploadBytes: 3 })
      .response
  assert.equal((await put(await deadOrigin())).status, 200)
  assert.equal(second.asked.length, 1)
  await assert.rejects(put(broken.origin), { code: 'GENERATOR_FAILED' })
  assert.deepEqual([broken.asked[0], broken.connectionCount], ['PUT /', 1])
  assert.equal(second.asked.length, 1)
})

test('upstreamSource aborts an upload that breaks off or has another size', async () => {
  const ends: boolean[] = []
  await using app = await startUpstream((request, response) => {
    request.on('error', () => {})
    request.on('close', () => ends.push(request.complete))
    request.resume().on('end', () => response.end())
  })
  const source = sourceOf([app.origin])
  const breaking = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Refusal('TOO_LARGE', 'Too much'))
    },
  })
  const put = (body: ReadableStream<Uint8Array>, uploadBytes?: number): Promise<Response> =>
    ask(source, 'cgi/a.cfg', { body, ...(uploadBytes === undefined ? {} : { uploadBytes }) })
      .response
  await assert.rejects(put(uploadOf('abc'), 5), { code: 'MALFORMED_REQUEST' })
  await assert.rejects(put(uploadOf('abcdef'), 5), { code: 'MALFORMED_REQUEST' })
  await assert.rejects(put(breaking), { code: 'TOO_LARGE' })
  assert.equal((await put(uploadOf('abc'))).status, 200)
  await until(() => ends.at(-1) === true)
  assert.deepEqual(
    ends.filter((isWhole) => isWhole),
    [true],
  )
})
