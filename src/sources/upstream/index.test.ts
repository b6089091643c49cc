import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { Refusal, type RefusalCode } from '../../base/refusal.ts'
import { isDeclined, type Source } from '../../routing/source.ts'
import { startRawUpstream, startUpstream } from '../../testing/http-upstream.ts'
import { ask } from '../../testing/script-site.ts'
import { upstreamSource } from './index.ts'
import { upstreamOptions } from './options.ts'

// Goal: what an upstream answers is the file, and nothing but all of it ever is. Method: servers on
// loopback that do right or wrong as each test says.

function sourceOf(url: string | readonly string[], options: object = {}): Source {
  const parsed = upstreamOptions.parse({ url, ...options })
  return upstreamSource(parsed, { siteFolder: '/srv/site', serverSoftware: 'trivet/1.2.3' })
}

function refusal(code: RefusalCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    assert.doesNotMatch(error.wireMessage, /127\.0\.0\.1/)
    return true
  }
}

const textOf = async (source: Source, name = 'cgi/a.cfg'): Promise<string> =>
  (await ask(source, name).response).text()

test('upstreamSource gives the file, its size and type, and what is said of its freshness', async () => {
  await using app = await startUpstream((_, response) => {
    response.writeHead(200, {
      'content-type': 'text/xml',
      'cache-control': 'max-age=60',
      'set-cookie': 'a=b',
      'x-zone': 'lab',
      'x-hop': '1',
      connection: 'x-hop, keep-alive',
      'x-trivet-internal-redirect': '/secret',
    })
    response.end('<phone/>')
  })
  const response = await ask(sourceOf(`${app.origin}/prov/{path}`), 'cgi/a/b.cfg').response
  const headers = Object.fromEntries(response.headers)
  const { date: _date, ...stable } = headers
  assert.deepEqual(stable, {
    'content-type': 'text/xml',
    'cache-control': 'max-age=60',
    'content-length': '8',
    'x-zone': 'lab',
  })
  assert.equal(await response.text(), '<phone/>')
  assert.deepEqual(app.asked, ['GET /prov/a/b.cfg'])
})

test('upstreamSource tells who asks by TFTP', async () => {
  let seen: IncomingHttpHeaders = {}
  await using app = await startUpstream((request, response) => {
    seen = request.headers
    response.end('a')
  })
  const tftpOptions = new Map([
    ['blksize', '1468'],
    ['tsize', '0'],
  ])
  await ask(sourceOf(app.origin, { headers: { 'X-Key': 'k' } }), 'cgi/a b%.cfg', {
    tftpOptions,
    params: { mac: '00:11:22:aa:bb:cc' },
    clientAddress: '2001:db8::7',
  }).response
  const { host: _host, ...told } = seen
  assert.deepEqual(told, {
    forwarded: 'for="[2001:db8::7]:2070";by="10.0.0.1:69";proto=tftp',
    'x-forwarded-for': '2001:db8::7',
    'x-forwarded-proto': 'tftp',
    'x-tftp-ip': '2001:db8::7',
    'x-tftp-port': '2070',
    'x-tftp-file': 'cgi/a%20b%25.cfg',
    'x-trivet-request': 'a1b2c3-1',
    'x-trivet-mac': '00:11:22:aa:bb:cc',
    'x-trivet-options': 'blksize=1468, tsize=0',
    'x-key': 'k',
    'user-agent': 'trivet/1.2.3',
    'accept-encoding': 'identity',
    connection: 'keep-alive',
  })
})

test('upstreamSource passes nothing by which an HTTP client says it is somebody else', async () => {
  let seen: IncomingHttpHeaders = {}
  await using app = await startUpstream((request, response) => {
    seen = request.headers
    response.end('a')
  })
  const forged = {
    forwarded: 'for=1.2.3.4',
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-host': 'evil',
    'x-real-ip': '1.2.3.4',
    'x-tftp-ip': '1.2.3.4',
    'x-tftp-file': 'evil',
    x_tftp_ip: '1.2.3.4',
    'x-trivet-device': 'evil',
    'x-trivet-mac': 'evil',
    via: 'evil',
    authorization: 'Basic evil',
    cookie: 'evil',
    range: 'bytes=0-0',
    'if-none-match': '*',
    'accept-encoding': 'gzip',
  }
  const source = sourceOf(app.origin, { tell: ['forwarded', 'x-tftp'] })
  await ask(source, 'cgi/a.cfg', {
    front: 'http',
    headers: { ...forged, 'user-agent': 'phone/1', accept: 'text/xml', 'x-other': 'no' },
  }).response
  const { host: _host, ...told } = seen
  assert.deepEqual(told, {
    forwarded: 'for="10.0.0.7:2070";by="10.0.0.1:69";proto=http',
    'x-forwarded-for': '10.0.0.7',
    'x-forwarded-proto': 'http',
    'user-agent': 'phone/1',
    accept: 'text/xml',
    'accept-encoding': 'identity',
    connection: 'keep-alive',
  })
})

const statuses: readonly (readonly [number, RefusalCode])[] = [
  [206, 'GENERATOR_FAILED'],
  [304, 'GENERATOR_FAILED'],
  [401, 'ACCESS_DENIED'],
  [403, 'ACCESS_DENIED'],
  [404, 'FILE_NOT_FOUND'],
  [410, 'FILE_NOT_FOUND'],
  [418, 'GENERATOR_FAILED'],
  [429, 'BUSY'],
  [500, 'GENERATOR_FAILED'],
  [502, 'GENERATOR_FAILED'],
  [503, 'BUSY'],
  [504, 'GENERATOR_TIMEOUT'],
]
for (const [status, code] of statuses) {
  test(`upstreamSource refuses with ${code} when the upstream answers ${status}`, async () => {
    await using app = await startUpstream((_, response) => {
      response.writeHead(status).end(status === 304 ? undefined : 'a page for people')
    })
    const source = sourceOf(`${app.origin}/p/{path}?key=secret`)
    const message = new RegExp(
      `^Cannot generate /cgi/a.cfg: ${app.origin} answered ${status} for /p/a.cfg$`,
    )
    await assert.rejects(ask(source, 'cgi/a.cfg').response, refusal(code, message))
  })
}

test('upstreamSource declines what is not found when it is told to', async () => {
  await using app = await startUpstream((request, response) => {
    if (request.url === '/mine') response.setHeader('x-trivet-decline', '1')
    response.writeHead(request.url === '/mine' ? 200 : 404).end('no')
  })
  const source = sourceOf(`${app.origin}/{path}`, { notFound: 'decline' })
  assert.equal(isDeclined(await ask(source, 'cgi/a.cfg').response), true)
  assert.equal(isDeclined(await ask(source, 'cgi/mine').response), true)
})

test('upstreamSource streams a long file with its size, no faster than it is read', async () => {
  let sent = 0
  await using app = await startUpstream((_, response) => {
    response.writeHead(200, { 'content-length': String(64 * 1024 * 1024) })
    const more = (): void => {
      while (sent < 64) {
        sent += 1
        if (!response.write(Buffer.alloc(1024 * 1024, sent))) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  })
  const response = await ask(sourceOf(app.origin), 'cgi/a.bin').response
  assert.equal(response.headers.get('content-length'), String(64 * 1024 * 1024))
  const reader = response.body?.getReader()
  await reader?.read()
  assert.ok(sent < 64, `${sent} MiB were sent to a reader of one chunk`)
  let bytes = 0
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) break
    bytes += value?.length ?? 0
  }
  assert.ok(bytes > 63 * 1024 * 1024)
})

test('upstreamSource collects a short file in chunks, so that its size is known', async () => {
  await using app = await startUpstream((_, response) => {
    response.write('one ')
    response.end('two')
  })
  const response = await ask(sourceOf(app.origin), 'cgi/a.cfg').response
  assert.equal(response.headers.get('content-length'), '7')
  assert.equal(await response.text(), 'one two')
})

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
const broken: Readonly<Record<string, string>> = {
  'is shorter than its Content-Length': `${head}Content-Length: 100\r\n\r\nabc`,
  'has a last chunk missing': `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  'has a broken chunk': `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`,
  'is shorter, and long': `${head}Content-Length: 300000\r\n\r\n${'x'.repeat(200_000)}`,
  'is in chunks, long and without an end': `${head}Transfer-Encoding: chunked\r\n\r\n30d40\r\n${'x'.repeat(200_000)}\r\n`,
  'has neither a length nor chunks': `${head}\r\nabc`,
  'is no HTTP': 'abc\r\n\r\n',
  'has two lengths': `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  'is coded': `${head}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc`,
}
for (const [what, bytes] of Object.entries(broken)) {
  test(`upstreamSource has no file when the answer ${what}`, async () => {
    await using app = await startRawUpstream((socket) => socket.end(bytes))
    await assert.rejects(textOf(sourceOf(app.origin)), refusal('GENERATOR_FAILED', /./))
  })
}

test('upstreamSource takes an answer that ends with its connection when it is told to', async () => {
  await using app = await startRawUpstream((socket) => socket.end(`${head}\r\nabc`))
  assert.equal(await textOf(sourceOf(app.origin, { endByClose: true })), 'abc')
})

test('upstreamSource refuses a file over its limit, announced or not', async () => {
  await using app = await startUpstream((request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', '200000')
    response.write(Buffer.alloc(100_000))
    response.end(Buffer.alloc(100_000))
  })
  const source = sourceOf(`${app.origin}/{path}`, { outputBytesMax: 150_000 })
  const expected = refusal('TOO_LARGE', /more than 150000 bytes \(outputBytesMax\)/)
  await assert.rejects(ask(source, 'cgi/announced').response, expected)
  await assert.rejects(textOf(source, 'cgi/chunked'), expected)
})

test('upstreamSource says how long it waited, and for what', async () => {
  await using app = await startUpstream((request, response) => {
    if (request.url === '/body') response.write('a')
  })
  const source = sourceOf(`${app.origin}/{path}`, { headersMs: 50, bodyMs: 50 })
  const within = (text: string): RegExp => new RegExp(`${text} 50 ms`)
  await assert.rejects(
    textOf(source, 'cgi/headers'),
    refusal('GENERATOR_TIMEOUT', within('did not begin to answer within')),
  )
  await assert.rejects(
    textOf(source, 'cgi/body'),
    refusal('GENERATOR_TIMEOUT', within('paused for more than')),
  )
})

test('upstreamSource leaves the upstream when nobody waits any more', async () => {
  const closed = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  await using app = await startUpstream((_, response) => {
    response.on('close', closed.resolve)
    arrived.resolve()
  })
  const { response, controller } = ask(sourceOf(app.origin), 'cgi/a.cfg')
  await arrived.promise
  controller.abort()
  await assert.rejects(response, refusal('GENERATOR_TIMEOUT', /was left/))
  await closed.promise
})

test('upstreamSource asks for 200 files at once by few connections', async () => {
  let now = 0
  let most = 0
  await using app = await startUpstream((request, response) => {
    now += 1
    most = Math.max(most, now)
    setImmediate(() => {
      now -= 1
      response.end(`file ${request.url}`)
    })
  })
  const source = sourceOf(`${app.origin}/{path}`, { connectionsMax: 8 })
  const names = Array.from({ length: 200 }, (_, index) => `${index}.cfg`)
  const texts = await Promise.all(names.map((name) => textOf(source, `cgi/${name}`)))
  assert.deepEqual(
    texts,
    names.map((name) => `file /${name}`),
  )
  assert.ok(most > 1 && most <= 8, `${most} at once`)
  assert.ok(app.connectionCount <= 8, `${app.connectionCount} connections`)
})

test('upstreamSource is busy when too many wait', async () => {
  await using app = await startUpstream(() => {})
  const source = sourceOf(app.origin, { connectionsMax: 1, waitingMax: 1 })
  const asked = [1, 2, 3].map(() => ask(source, 'cgi/a.cfg'))
  await assert.rejects(
    asked[2]?.response ?? Promise.resolve(),
    refusal('BUSY', /1 requests are with them \(connectionsMax\) and 1 wait already/),
  )
  asked[1]?.controller.abort()
  await assert.rejects(asked[1]?.response ?? Promise.resolve(), refusal('GENERATOR_TIMEOUT', /./))
})
