import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Source } from '../../routing/source.ts'
import { type ResponderRequest, startResponder } from '../../testing/fastcgi-responder.ts'
import { ask, until } from '../../testing/script-site.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { fastcgiSource } from './index.ts'
import { fastcgiOptions } from './options.ts'

// Goal: whatever an application does wrong is a clear refusal, never a short file. Method: an
// application in this process that does it.

const header = 'Content-Type: text/plain\r\n\r\n'
const wireMessage = 'The file could not be made'

function sourceOf(options: object): Source {
  const parsed = fastcgiOptions.parse({ root: '/srv/php', ...options })
  return fastcgiSource(parsed, { siteFolder: '/srv/site', serverSoftware: 'trivet/1.2.3' })
}

type Failing = (request: ResponderRequest) => void

/** What an application does after the first part of an answer, and what is made of it. */
const failures: readonly (readonly [what: string, Failing, refusal: object])[] = [
  [
    'closes the connection',
    ({ socket }) => void socket.end(),
    { code: 'GENERATOR_FAILED', message: /closed the connection in the middle of its answer/ },
  ],
  [
    'ends with a status',
    ({ end }) => end(3),
    { code: 'GENERATOR_FAILED', message: /app\.sock ended with status 3$/, wireMessage },
  ],
  [
    'is overloaded',
    ({ end }) => end(0, 2),
    { code: 'BUSY', message: /is overloaded$/, wireMessage: 'The server is busy' },
  ],
  [
    'is no responder',
    ({ end }) => end(0, 3),
    { code: 'GENERATOR_FAILED', message: /is no responder/, wireMessage },
  ],
  [
    'refuses the request',
    ({ end }) => end(0, 1),
    { code: 'GENERATOR_FAILED', message: /refused the request with protocol status 1/ },
  ],
  [
    'does not speak FastCGI',
    ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\n\r\n'),
    { code: 'GENERATOR_FAILED', message: /does not speak FastCGI: a record has version 72/ },
  ],
  [
    'logs the failure text',
    ({ errors, end }) => {
      errors('PHP message: PHP Fat')
      errors('al error:  Uncaught Exception')
      end()
    },
    { code: 'GENERATOR_FAILED', message: /failed: "PHP Fatal error" is among its errors/ },
  ],
]

for (const [what, fail, refusal] of failures) {
  test(`Exchange refuses all that came from an application that ${what}`, async () => {
    await using app = await startResponder(async (request) => {
      await request.output(`${header}partly`)
      fail(request)
    })
    await assert.rejects(ask(sourceOf({ socket: app.socket }), 'cgi/a.php').response, refusal)
  })

  test(`Exchange breaks off a streamed file when the application ${what}`, async () => {
    await using app = await startResponder(async (request) => {
      await request.output(header)
      for (let count = 0; count < 4; count += 1) await request.output(Buffer.alloc(50_000))
      fail(request)
    })
    const response = await ask(sourceOf({ socket: app.socket }), 'cgi/a.php').response
    await assert.rejects(response.bytes(), refusal)
  })
}

test('Exchange goes on with the same connection after a failure that the application told', async () => {
  await using app = await startResponder(async (request) => {
    await request.output(`${header}${request.connectionNumber}`)
    request.end(app.requestCount === 1 ? 1 : 0)
  })
  const source = sourceOf({ socket: app.socket, idleMs: 60_000 })
  await assert.rejects(ask(source, 'cgi/a.php').response)
  assert.equal(await (await ask(source, 'cgi/a.php').response).text(), '1')
})

test('Exchange does not use a connection again on which bytes came after the end', async () => {
  await using app = await startResponder(async (request) => {
    await request.output(`${header}${request.connectionNumber}`)
    request.socket.cork()
    request.end()
    request.socket.write('x')
    request.socket.uncork()
  })
  const source = sourceOf({ socket: app.socket, idleMs: 60_000 })
  assert.equal(await (await ask(source, 'cgi/a.php').response).text(), '1')
  assert.equal(await (await ask(source, 'cgi/a.php').response).text(), '2')
})

const headless: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /printed nothing/],
  ['no header', 'hostname sw7\n', /no blank line in the first 13 bytes/],
  ['a header of other fields', 'X-Zone: lab\n\nbody', /none of Content-Type, Status and Location/],
]

for (const [what, output, message] of headless) {
  test(`Exchange refuses an answer with ${what}`, async () => {
    await using app = await startResponder(async (request) => {
      if (output !== '') await request.output(output)
      request.end()
    })
    const { response } = ask(sourceOf({ socket: app.socket }), 'cgi/a.php')
    await assert.rejects(response, { code: 'GENERATOR_FAILED', message, wireMessage })
  })
}

test('Exchange refuses a body that differs from its Content-Length', async () => {
  await using app = await startResponder(async (request) => {
    await request.output(`Content-Length: 9\r\n${header}12345678`)
    request.end()
  })
  const { response } = ask(sourceOf({ socket: app.socket }), 'cgi/a.php')
  await assert.rejects(response, { message: /announced a Content-Length of 9 and sent 8 bytes/ })
})

test('Exchange ends an answer over outputBytesMax', async () => {
  await using app = await startResponder(async (request) => {
    await request.output(`${header}12345678`)
  })
  const { response } = ask(sourceOf({ socket: app.socket, outputBytesMax: 30 }), 'cgi/a.php')
  await assert.rejects(response, { code: 'TOO_LARGE', wireMessage: 'The file is too large' })
  await until(() => app.openCount === 0)
})

test('Exchange notes errors, for failure and success, and never answers with them', async () => {
  await using app = await startResponder(async (request) => {
    request.errors('secret\u001B[2J\n')
    request.errors('x'.repeat(20_000))
    await request.output(`${header}good`)
    request.end(request.params['QUERY_STRING'] === 'bad' ? 1 : 0)
  })
  const source = sourceOf({ socket: app.socket })
  const good = ask(source, 'cgi/a.php')
  assert.equal(await (await good.response).text(), 'good')
  assert.deepEqual(good.notes, [`…${'x'.repeat(15 * 1024)}`])
  const bad = ask(source, 'cgi/a.php?bad')
  await assert.rejects(bad.response, { wireMessage })
  assert.equal(bad.notes.length, 1)
})

test('Exchange sends an abort, closes and frees its place when its signal comes', async () => {
  let request: ResponderRequest | undefined
  await using app = await startResponder((begun) => {
    request = begun
  })
  const source = sourceOf({ socket: app.socket, connectionsMax: 1 })
  for (let count = 0; count < 3; count += 1) {
    request = undefined
    const asked = ask(source, 'cgi/a.php')
    const { aborted, gone } = await until(() => request)
    asked.controller.abort()
    await assert.rejects(asked.response, {
      code: 'GENERATOR_TIMEOUT',
      message: /was left after \d+ ms: the deadline has passed or the client is gone$/,
    })
    await aborted
    await gone
  }
})

test('Exchange ends when nobody reads its answer any more', async () => {
  await using app = await startResponder(async (request) => {
    await request.output(header)
    for (let count = 0; count < 100; count += 1) await request.output(Buffer.alloc(50_000))
  })
  const source = sourceOf({ socket: app.socket, connectionsMax: 1, waitingMax: 0 })
  const response = await ask(source, 'cgi/a.php').response
  await assert.rejects(ask(source, 'cgi/a.php').response, { code: 'BUSY' })
  await response.body?.cancel()
  await until(() => app.openCount === 0)
  assert.equal((await ask(source, 'cgi/a.php').response).status, 200)
})

test('Exchange says what to do when nothing listens', async () => {
  await using folder = await temporaryFolder()
  const missing = sourceOf({ socket: join(folder.path, 'none.sock') })
  await assert.rejects(ask(missing, 'cgi/a.php').response, {
    code: 'GENERATOR_FAILED',
    message: /^Cannot generate \/cgi\/a\.php: .*none\.sock has no socket there: is it running\?$/,
    wireMessage,
  })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const { response } = ask(sourceOf({ address: `127.0.0.1:${port}` }), 'cgi/a.php')
  const message = new RegExp(`at 127\\.0\\.0\\.1:${port} refused the connection: is it running\\?$`)
  await assert.rejects(response, { code: 'GENERATOR_FAILED', message })
})

test('Exchange gives its place back when it cannot connect', async () => {
  await using folder = await temporaryFolder()
  const socket = join(folder.path, 'none.sock')
  const source = sourceOf({ socket, connectionsMax: 1, waitingMax: 0 })
  for (let count = 0; count < 2; count += 1) {
    await assert.rejects(ask(source, 'cgi/a.php').response, { code: 'GENERATOR_FAILED' })
  }
})
