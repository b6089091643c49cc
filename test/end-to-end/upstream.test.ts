import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { deadOrigin, startRawUpstream } from '../../src/testing/http-upstream.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: a provisioning server that exists already makes the files of devices, and what fails there
// is no file. Method: an app on loopback as people write them, asked by tftp-hpa and curl.

const run = promisify(execFile)

const installed = (command: string, argument: string): Promise<boolean> =>
  run(command, [argument]).then(
    () => true,
    () => false,
  )
const skip = (await installed('tftp', '-V')) ? false : 'tftp-hpa is not installed'
const skipTls = (await installed('openssl', 'version')) ? false : 'openssl is not installed'

const firmware = randomBytes(3_000_000)
const uploads = new Map<string, string>()
const asked: string[] = []

const app = new Hono()
app.use(async (context, next) => {
  asked.push(context.req.path)
  await next()
})
app.use('/prov/*', etag())
app.get('/prov/:file', (context) => {
  const mac = context.req.header('x-trivet-mac')
  return context.body(`phone ${mac} asks for ${context.req.param('file')}\n`)
})
app.get('/who', (context) =>
  context.json({
    ip: context.req.header('x-forwarded-for'),
    proto: context.req.header('x-forwarded-proto'),
    tftpIp: context.req.header('x-tftp-ip') ?? null,
    file: context.req.header('x-tftp-file') ?? null,
    key: context.req.header('authorization'),
    query: context.req.query('a'),
  }),
)
app.get('/firmware', (context) => {
  context.header('content-length', String(firmware.length))
  return context.body(firmware)
})
app.get('/fail', (context) => context.text('stack trace', 500))
app.put('/inbox/:name', async (context) => {
  const bytes = Buffer.from(await context.req.arrayBuffer())
  uploads.set(context.req.param('name'), createHash('sha256').update(bytes).digest('hex'))
  return context.body(null, 204)
})

let folder: TemporaryFolder
let upstream: ReturnType<typeof serve>
let server: ServerProcess
let fileCount = 0

describe('upstream with an app', { skip }, () => {
  before(async () => {
    folder = await temporaryFolder()
    upstream = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(upstream, 'listening')
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await writeFile(join(folder.path, 'trivet.yaml'), await siteText(origin))
    await writeFile(join(folder.path, 'local.txt'), 'local\n')
    server = await startServerProcess(folder.path)
  })

  after(async () => {
    await server?.[Symbol.asyncDispose]()
    upstream?.close()
    await folder?.[Symbol.asyncDispose]()
  })

  test('upstream gives the same file by tftp-hpa and curl', async () => {
    const wanted = 'phone 00:11:22:aa:bb:cc asks for 001122aabbcc.cfg\n'
    assert.equal((await tftp('001122aabbcc.cfg')).toString(), wanted)
    assert.equal((await curl('/001122aabbcc.cfg')).toString(), wanted)
    assert.deepEqual(await tftp('fw.bin'), firmware)
    assert.deepEqual(await curl('/fw.bin'), firmware)
  })

  test('upstream gives the size of a file before its bytes', async () => {
    const { stdout } = await run('curl', ['-sS', '-I', url('/fw.bin')])
    assert.match(stdout, /content-length: 3000000/i)
  })

  test('upstream tells the app who asks, whatever the client says', async () => {
    const byTftp = JSON.parse((await tftp('who?a=1')).toString()) as unknown
    const known = { ip: '127.0.0.1', key: 'Bearer k', query: '1' }
    assert.deepEqual(byTftp, { ...known, proto: 'tftp', tftpIp: '127.0.0.1', file: 'who' })
    const forged = ['X-Forwarded-For: 1.2.3.4', 'X-TFTP-IP: 1.2.3.4', 'Authorization: Basic no']
    const args = forged.flatMap((header) => ['-H', header])
    const { stdout } = await run('curl', ['-sS', ...args, url('/who?a=1')])
    assert.deepEqual(JSON.parse(stdout), { ...known, proto: 'http', tftpIp: null, file: null })
  })

  test('upstream goes to the next route for what the app does not have', async () => {
    assert.equal((await tftp('local.txt')).toString(), 'local\n')
    assert.ok(asked.includes('/any/local.txt'))
  })

  test('upstream takes uploads by both fronts', async () => {
    const file = join(folder.path, 'up')
    await writeFile(file, firmware)
    const wanted = createHash('sha256').update(firmware).digest('hex')
    await tftpCommand(['put', file, 'inbox/by-tftp'])
    await run('curl', ['-sS', '-f', '-T', file, url('/inbox/by-http')])
    assert.deepEqual([uploads.get('by-tftp'), uploads.get('by-http')], [wanted, wanted])
  })

  test('upstream takes no failure for a file, and shows none to the device', async () => {
    for (const path of ['/fail', '/dead', '/half']) {
      const response = await fetch(url(path))
      const body = await response.text().catch(() => 'broke off')
      assert.ok(response.status === 502 || body === 'broke off', `${path} ${response.status}`)
      assert.doesNotMatch(body, /stack trace|127\.0\.0\.1/)
      await assert.rejects(tftp(path.slice(1)))
    }
    const entry = await server.entry(({ path }) => path === '/dead')
    assert.match(JSON.stringify(entry), /refused the connection: is it running\?/)
  })

  test('upstream asks the second server while the first is down', async () => {
    assert.equal(
      (await tftp('over/001122aabbcc.cfg')).toString(),
      'phone 00:11:22:aa:bb:cc asks for 001122aabbcc.cfg\n',
    )
  })

  test('upstream asks for 200 files at once', async () => {
    const macs = Array.from({ length: 200 }, (_, index) =>
      (0x001122aa0000 + index).toString(16).padStart(12, '0'),
    )
    const texts = await Promise.all(
      macs.map(async (mac) => (await fetch(url(`/${mac}.cfg`))).text()),
    )
    for (const [index, mac] of macs.entries()) {
      assert.match(texts[index] ?? '', new RegExp(`asks for ${mac}\\.cfg\n$`))
    }
  })

  test('upstream shows neither query nor credentials in what it says of itself', async () => {
    await fetch(url('/fail'))
    const said = JSON.stringify(server.entries) + server.errorText()
    assert.doesNotMatch(said, /Bearer k|key=secret/)
  })
})

describe('upstream with https', { skip: skip === false ? skipTls : skip }, () => {
  test('upstream trusts what caFile says, and nothing else', async () => {
    await using place = await temporaryFolder()
    const { cert, secure } = await startSecure(place.path)
    const origin = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
    const lines = [
      'routes:',
      `  - { match: /trusted, upstream: { url: "${origin}/a", caFile: cert.pem } }`,
      `  - { match: /unknown, upstream: "${origin}/a" }`,
      `  - { match: /misnamed, upstream: { url: "${origin.replace('127.0.0.1', 'localhost')}/a", caFile: cert.pem } }`,
    ]
    assert.ok(cert.length > 0)
    await writeFile(join(place.path, 'trivet.yaml'), lines.join('\n'))
    await using tls = await startServerProcess(place.path)
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${tls.http[0]?.port}${path}`)).status
    assert.equal(await statusOf('/trusted'), 200)
    assert.equal(await statusOf('/unknown'), 502)
    assert.equal(await statusOf('/misnamed'), 502)
    const entry = await tls.entry(({ path }) => path === '/unknown')
    assert.match(JSON.stringify(entry), /cannot be trusted: self-signed certificate/)
    secure.closeAllConnections()
    secure.close()
  })
})

async function siteText(origin: string): Promise<string> {
  const dead = await deadOrigin()
  const half = await startRawUpstream((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(150_000)}`),
  )
  after(() => half[Symbol.asyncDispose]())
  return `
routes:
  - match: /{mac}.cfg
    upstream: "${origin}/prov/{mac:bare}.cfg"
  - match: /fw.bin
    share: all
    upstream: ${origin}/firmware
  - match: /who
    upstream: { url: "${origin}/who?{query}", headers: { authorization: Bearer k } }
  - match: /inbox/{name}
    methods: [PUT]
    upstream: "${origin}/inbox/{name}"
  - match: /fail
    upstream: ${origin}/fail?key=secret
  - match: /dead
    upstream: ${dead}
  - match: /half
    upstream: ${half.origin}
  - match: /over/{mac}.cfg
    upstream: { url: ["${dead}/prov/{mac:bare}.cfg", "${origin}/prov/{mac:bare}.cfg"] }
  - match: /{path...}
    upstream: { url: "${origin}/any/{path}", notFound: decline }
  - match: /{path...}
    name: files
    static: .
`
}

async function startSecure(path: string): Promise<{ cert: Buffer; secure: Server }> {
  const [keyFile, certFile] = [join(path, 'key.pem'), join(path, 'cert.pem')]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  await run('openssl', [...args, ...names, '-keyout', keyFile, '-out', certFile])
  const cert = await readFile(certFile)
  const secure = createServer({ key: await readFile(keyFile), cert }, (_, response) => {
    response.end('secure')
  })
  secure.listen(0, '127.0.0.1')
  await once(secure, 'listening')
  return { cert, secure }
}

function url(path: string): string {
  return `http://127.0.0.1:${server.http[0]?.port}${path}`
}

async function curl(path: string): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 10_000_000 } as const
  const { stdout } = await run('curl', ['-sS', '-f', url(path)], options)
  return stdout
}

/** Gets a file with tftp-hpa, which has status 0 even when it was refused. */
async function tftp(path: string): Promise<Buffer> {
  fileCount += 1
  const local = join(folder.path, `got-${fileCount}`)
  await tftpCommand(['get', path, local])
  return readFile(local)
}

async function tftpCommand(command: readonly string[]): Promise<void> {
  const port = String(server.tftp[0]?.port)
  const { stdout } = await run('tftp', ['-m', 'binary', '127.0.0.1', port, '-c', ...command])
  assert.doesNotMatch(stdout, /error/i)
}
