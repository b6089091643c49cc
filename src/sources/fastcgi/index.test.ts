import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '../../routing/source.ts'
import { isDeclined } from '../../routing/source.ts'
import {
  type FastcgiResponder,
  type ResponderRequest,
  startResponder,
} from '../../testing/fastcgi-responder.ts'
import { ask, until } from '../../testing/script-site.ts'
import { fastcgiSource } from './index.ts'
import { fastcgiOptions } from './options.ts'

// Goal: what an application answers is the file, and no part of it ever is. Method: an application
// in this process, on a Unix socket, that does right or wrong as each test says.

const header = 'Content-Type: text/plain\r\n\r\n'

function sourceOf({ socket }: Pick<FastcgiResponder, 'socket'>, options: object = {}): Source {
  const where = 'address' in options ? {} : { socket }
  const parsed = fastcgiOptions.parse({ ...where, root: '/srv/php', ...options })
  return fastcgiSource(parsed, { siteFolder: '/srv/site', serverSoftware: 'trivet/1.2.3' })
}

/** Answers with the name of the script and the number of the connection. */
async function answerNumber(request: ResponderRequest): Promise<void> {
  await request.output(`${header}${request.connectionNumber}`)
  request.end()
}

const textOf = async (source: Source, name = 'cgi/a.php'): Promise<string> =>
  (await ask(source, name).response).text()

function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const rest = [...chunks]
  return new ReadableStream({
    pull(controller) {
      const chunk = rest.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(Buffer.from(chunk))
    },
  })
}

test('fastcgiSource tells the application what CGI tells a script', async () => {
  let seen: Readonly<Record<string, string>> = {}
  await using app = await startResponder(async (request) => {
    seen = request.params
    await answerNumber(request)
  })
  const source = sourceOf(app, { params: { ZONE: 'lab', SERVER_SOFTWARE: 'mine' } })
  await textOf(source, 'cgi/phones/a.php/x/y?mac=1&b')
  const wanted = {
    SCRIPT_FILENAME: '/srv/php/phones/a.php',
    SCRIPT_NAME: '/cgi/phones/a.php',
    PATH_INFO: '/x/y',
    PATH_TRANSLATED: '/srv/php/x/y',
    DOCUMENT_ROOT: '/srv/php',
    QUERY_STRING: 'mac=1&b',
    REQUEST_URI: '/cgi/phones/a.php/x/y?mac=1&b',
    REQUEST_METHOD: 'GET',
    SERVER_PROTOCOL: 'TFTP/1.0',
    REMOTE_ADDR: '10.0.0.7',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REDIRECT_STATUS: '200',
    TRIVET_TFTP_MODE: 'octet',
    TRIVET_REQUEST_ID: 'a1b2c3-1',
    ZONE: 'lab',
    SERVER_SOFTWARE: 'mine',
  }
  assert.deepEqual({ ...seen, ...wanted }, seen)
  assert.equal('CONTENT_LENGTH' in seen, false)
})

test('fastcgiSource asks by TCP as well', async () => {
  await using app = await startResponder(answerNumber, { by: 'tcp' })
  const source = sourceOf(app, { address: app.address, idleMs: 60_000 })
  assert.deepEqual([await textOf(source), await textOf(source)], ['1', '1'])
})

test('fastcgiSource gives status, headers and body, and the size of a short answer', async () => {
  await using app = await startResponder(async (request) => {
    await request.output('Status: 404 Nothing\r\nX-')
    await request.output('Zone: lab\r\nContent-Type: text/csv\r\n\r\nno')
    await request.output('pe')
    request.end()
  })
  const response = await ask(sourceOf(app), 'cgi/a.php').response
  assert.deepEqual(
    [response.status, response.headers.get('x-zone'), response.headers.get('content-type')],
    [404, 'lab', 'text/csv'],
  )
  assert.equal(response.headers.get('content-length'), '4')
  assert.equal(await response.text(), 'nope')
})

test('fastcgiSource passes on a local redirect and a decline', async () => {
  await using app = await startResponder(async (request) => {
    const isRedirect = request.params['PATH_INFO'] === '/r'
    await request.output(
      isRedirect ? 'Location: /b.bin\n\n' : 'Status: 404\nX-Trivet-Decline: 1\n\n',
    )
    request.end()
  })
  const source = sourceOf(app)
  const redirect = await ask(source, 'cgi/a.php/r').response
  assert.equal(redirect.headers.get('x-trivet-internal-redirect'), '/b.bin')
  assert.equal(isDeclined(await ask(source, 'cgi/a.php').response), true)
})

test('fastcgiSource declines a name without a script, and asks nobody', async () => {
  await using app = await startResponder(answerNumber)
  const source = sourceOf(app)
  for (const name of ['cgi/a.txt', 'cgi/.hidden/a.php', 'cgi/.php', 'cgi/sub/']) {
    assert.equal(isDeclined(await ask(source, name).response), true, name)
  }
  assert.equal(app.connectionCount, 0)
})

test('fastcgiSource streams a long answer no faster than it is read', async () => {
  let sentCount = 0
  await using app = await startResponder(async (request) => {
    await request.output(header)
    for (; sentCount < 200; sentCount += 1) await request.output(Buffer.alloc(60_000, sentCount))
    request.end()
  })
  const response = await ask(sourceOf(app), 'cgi/a.php').response
  assert.equal(response.headers.get('content-length'), null)
  const reader = response.body?.getReader()
  await reader?.read()
  // What the sockets' buffers take, both sides, is far less than 12 MB.
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(sentCount < 100, `${sentCount} were sent`)
  let bytes = 0
  for (let step = await reader?.read(); step?.done === false; step = await reader?.read()) {
    bytes += step.value.length
  }
  assert.equal(sentCount, 200)
  assert.ok(bytes > 11_000_000 && bytes <= 12_000_000)
})

test('fastcgiSource uses a kept connection again, and none while a request has no answer', async () => {
  const held: ResponderRequest[] = []
  await using app = await startResponder(async (request) => {
    if (request.params['QUERY_STRING'] === 'hold') held.push(request)
    else await answerNumber(request)
  })
  const source = sourceOf(app, { idleMs: 60_000 })
  assert.equal(await textOf(source), '1')
  assert.equal(await textOf(source), '1')
  const slow = textOf(source, 'cgi/a.php?hold')
  const first = await until(() => held[0])
  assert.equal(first.connectionNumber, 1)
  assert.equal(await textOf(source), '2')
  // The held request may be waiting for the worker behind number 2: it was closed.
  await until(() => app.openCount === 1)
  await answerNumber(first)
  assert.equal(await slow, '1')
})

test('fastcgiSource closes a kept connection after idleMs', async () => {
  await using app = await startResponder(answerNumber)
  const source = sourceOf(app, { idleMs: 1 })
  await textOf(source)
  await until(() => app.openCount === 0)
  assert.equal(await textOf(source), '2')
})

test('fastcgiSource asks to close connections when none is to be kept', async () => {
  let keeps: boolean | undefined
  await using app = await startResponder(async (request) => {
    keeps = request.keepsConnection
    await answerNumber(request)
  })
  await textOf(sourceOf(app, { idleConnectionsMax: 0 }))
  assert.equal(keeps, false)
  await until(() => app.openCount === 0)
})

test('fastcgiSource asks once more when a kept connection is closed before an answer', async () => {
  await using app = await startResponder(async (request) => {
    if (request.connectionNumber === 1 && app.requestCount > 1) request.socket.destroy()
    else await answerNumber(request)
  })
  const source = sourceOf(app, { idleMs: 60_000 })
  assert.equal(await textOf(source), '1')
  assert.equal(await textOf(source), '2')
  assert.equal(app.requestCount, 3)
})

test('fastcgiSource does not use a connection that the application closed meanwhile', async () => {
  await using app = await startResponder(async (request) => {
    await answerNumber(request)
    if (request.connectionNumber === 1) request.socket.end()
  })
  const source = sourceOf(app, { idleMs: 60_000 })
  assert.equal(await textOf(source), '1')
  await until(() => app.openCount === 0)
  assert.equal(await textOf(source), '2')
  assert.equal(app.requestCount, 2)
})

test('fastcgiSource closes a kept connection on which the application speaks unasked', async () => {
  const requests: ResponderRequest[] = []
  await using app = await startResponder(async (request) => {
    requests.push(request)
    await answerNumber(request)
  })
  const source = sourceOf(app, { idleMs: 60_000 })
  assert.equal(await textOf(source), '1')
  await requests[0]?.output('of nobody')
  await until(() => app.openCount === 0)
  assert.equal(await textOf(source), '2')
})

test('fastcgiSource does not ask again on a new connection, nor after part of an answer', async () => {
  await using app = await startResponder(async (request) => {
    if (request.params['QUERY_STRING'] === 'part') await request.output(header)
    request.socket.end()
  })
  const source = sourceOf(app)
  await assert.rejects(ask(source, 'cgi/a.php').response, { message: /without an answer$/ })
  await assert.rejects(ask(source, 'cgi/a.php?part').response, { message: /in the middle of/ })
  assert.equal(app.requestCount, 2)
})

test('fastcgiSource sends an upload and answers when the application is done', async () => {
  await using app = await startResponder(async (request) => {
    const input = await request.input
    const { CONTENT_LENGTH, REQUEST_METHOD } = request.params
    await request.output(`${header}${REQUEST_METHOD} ${CONTENT_LENGTH} ${input.toString()}`)
    request.end()
  })
  const source = sourceOf(app)
  const known = ask(source, 'cgi/a.php', { body: streamOf('ab', '', 'cd'), uploadBytes: 4 })
  assert.equal(await (await known.response).text(), 'PUT 4 abcd')
  // An application knows by CONTENT_LENGTH how much to read.
  for (const size of [{}, { uploadBytes: 0 }]) {
    const unknown = ask(source, 'cgi/a.php', { body: streamOf('abc', 'de'), ...size })
    assert.equal(await (await unknown.response).text(), 'PUT 5 abcde')
  }
})

test('fastcgiSource sends an upload no faster than the application reads', async () => {
  let takenCount = 0
  await using app = await startResponder(async (request) => {
    request.socket.pause()
    await until(() => takenCount > 1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(takenCount < 100)
    request.socket.resume()
    await request.output(`${header}${(await request.input).length}`)
    request.end()
  })
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        takenCount += 1
        controller.enqueue(new Uint8Array(60_000))
        if (takenCount === 200) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const asked = ask(sourceOf(app), 'cgi/a.php', { body, uploadBytes: 12_000_000 })
  assert.equal(await (await asked.response).text(), '12000000')
})

test('fastcgiSource takes an answer that comes before the whole upload', async () => {
  await using app = await startResponder(async (request) => {
    await request.output('Status: 403 No\r\n\r\nno')
    request.end()
  })
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('begun')),
  })
  const source = sourceOf(app, { idleMs: 60_000 })
  const response = await ask(source, 'cgi/a.php', { body, uploadBytes: 1000 }).response
  assert.equal(response.status, 403)
  await until(() => app.openCount === 0)
})

const brokenUploads: readonly (readonly [string, () => ReadableStream<Uint8Array>, RegExp])[] = [
  ['is shorter than announced', () => streamOf('ab'), /4 bytes were announced, 2 came/],
  ['is longer than announced', () => streamOf('ab', 'cde'), /4 bytes were announced, 5 came/],
  [
    'breaks off',
    () => {
      let isFirst = true
      return new ReadableStream({
        pull(controller) {
          if (isFirst) controller.enqueue(Buffer.from('ab'))
          else controller.error(new Error('the client is gone'))
          isFirst = false
        },
      })
    },
    /Cannot pass on the upload: the client is gone/,
  ],
]

for (const [what, body, message] of brokenUploads) {
  test(`fastcgiSource aborts when an upload ${what}`, async () => {
    let request: ResponderRequest | undefined
    await using app = await startResponder((begun) => {
      request = begun
    })
    const asked = ask(sourceOf(app), 'cgi/a.php', { body: body(), uploadBytes: 4 })
    await assert.rejects(asked.response, { code: 'MALFORMED_REQUEST', message })
    await (await until(() => request)).aborted
  })
}

test('fastcgiSource collects no more than uploadCollectBytesMax', async () => {
  await using app = await startResponder(answerNumber)
  const source = sourceOf(app, { uploadCollectBytesMax: 4, connectionsMax: 1, waitingMax: 0 })
  const asked = ask(source, 'cgi/a.php', { body: streamOf('abc', 'de') })
  await assert.rejects(asked.response, {
    code: 'TOO_LARGE',
    wireMessage: 'The upload is too large',
  })
  assert.equal(app.connectionCount, 0)
  assert.equal(await textOf(source), '1')
})

test('fastcgiSource gives up collecting an upload at the deadline', async () => {
  await using app = await startResponder(answerNumber)
  const source = sourceOf(app, { connectionsMax: 1, waitingMax: 0 })
  const asked = ask(source, 'cgi/a.php', { body: new ReadableStream() })
  asked.controller.abort()
  await assert.rejects(asked.response, { code: 'GENERATOR_TIMEOUT' })
  assert.equal(await textOf(source), '1')
})
