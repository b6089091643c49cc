import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: what docs/api.md shows is what happens. Method: its console block is run by a shell,
// against a server of its own; then what a page cannot show: the socket, the stream, the ports.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
const LISTEN = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0']

let site: TemporaryFolder
let server: ServerProcess
let origin: string

before(async () => {
  site = await writtenFolder({
    'trivet.yaml': 'routes:\n  - match: /{mac}.cfg\n    known: true\n    template: a.j2\n',
    'a.j2': '{{ values.ntp }}\n',
  })
  const port = await freePort()
  server = await startServerProcess(site.path, [...LISTEN, '--admin', `127.0.0.1:${port}`])
  origin = `http://127.0.0.1:${port}`
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function run(file: string, args: readonly string[], input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const options = { cwd: site.path, env: { ...process.env, NO_COLOR: '1' } }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
    child.stdin?.end(input)
  })
}

function trivet(args: readonly string[], input?: string): Promise<Result> {
  return run(process.execPath, [MAIN, ...args], input)
}

/** Asks as root of the machine would. */
async function atSocket(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const socketPath = join(site.path, '.trivet', 'admin.sock')
  const asked = request({ socketPath, path, agent: false }).end()
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, text: await readAll(response) }
}

test('the commands of the page print what it says, and a device has the change', async () => {
  const [, block = ''] = /```console\n([^]*?)```/.exec(page) ?? []
  const steps = block.split(/^\$ /m).filter((step) => step !== '')
  assert.ok(steps.length > 6)
  const commands = steps.map((step) => step.split('\n')[0] ?? '')
  const program = `trivet() { '${process.execPath}' '${MAIN}' "$@"; }\n`
  const script = commands.map((command) => `${command}\necho '=== next'`).join('\n')
  const own = script.replaceAll('http://127.0.0.1:8070', origin)
  const { stdout, stderr } = await run('sh', ['-c', program + own])
  const outputs = stdout.split('=== next\n')
  for (const [index, step] of steps.entries()) {
    const wanted = step.slice(step.indexOf('\n') + 1)
    assert.equal(outputs[index], wanted, `${commands[index]}\n${stderr}`)
  }
  const { bytes } = await readByTftp('/001122334455.cfg', { port: server.tftp[0]?.port ?? 0 })
  assert.equal(Buffer.from(bytes).toString(), '10.0.0.9\n')
})

test('a server that nobody asked has not loaded what answers', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    const has = () => loaded.some((url) => url.includes('zod-openapi'))
    const [src, folder] = process.argv.slice(1)
    const { startServer } = await import(src + 'server/server.ts')
    const { loadSite } = await import(src + 'config/load.ts')
    const { silentLog } = await import(src + 'observe/log.ts')
    const { site } = await loadSite(folder)
    const address = { address: '127.0.0.1', port: 0 }
    const admin = { address, isNamed: true, hostNames: [] }
    const listen = { tftp: [address], http: [], singlePort: false, admin }
    const state = folder + '/other'
    const server = await startServer({ site, ...listen, state, log: silentLog() })
    const before = has()
    const response = await fetch('http://127.0.0.1:' + server.admin.address.port + '/api/v1/whoami')
    console.log(before, response.status, has())
    await server.stop()
  `
  const source = new URL('../../src/', import.meta.url).href
  const args = ['--input-type=module', '-e', script, source, site.path]
  const { stdout, stderr } = await run(process.execPath, args)
  assert.equal(stdout, 'false 401 true\n', stderr)
})

test('the socket is open for its owner alone, and needs no token', async () => {
  assert.equal(statSync(join(site.path, '.trivet', 'admin.sock')).mode & 0o777, 0o600)
  const { status, text } = await atSocket('/api/v1/whoami')
  assert.equal(status, 200)
  assert.match(text, /"role":"administrator"/)
  const files = await fetch(`http://127.0.0.1:${server.http[0]?.port}/.trivet/admin.sock`)
  assert.equal(files.status, 404)
})

test('TCP needs a token, from this machine too, and the reference page does not', async () => {
  assert.equal((await fetch(`${origin}/api/v1/devices`)).status, 401)
  const reference = await fetch(`${origin}/api/v1/reference`)
  const source = await reference.text()
  assert.match(reference.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  for (const [, path = ''] of source.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const response = await fetch(new URL(path, `${origin}/api/v1/reference`))
    assert.equal(response.status, 200, path)
    assert.ok((await response.text()).length > 20, path)
  }
  assert.equal((await fetch(`${origin}/api/v1/reference/package.json`)).status, 404)
  const document = (await (await fetch(`${origin}/api/v1/openapi.json`)).json()) as object
  assert.equal('openapi' in document && document.openapi, '3.1.0')
})

test('a body may come in chunks', async () => {
  const socketPath = join(site.path, '.trivet', 'admin.sock')
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
  const path = '/api/v1/classes/chunked'
  const asked = request({ socketPath, path, method: 'PUT', headers, agent: false })
  asked.write('{"values":')
  asked.end('{"a":1}}')
  const [response] = await once(asked, 'response')
  assert.equal(response.statusCode, 201, await readAll(response))
})

test('explain says what the site would answer', async () => {
  const { text } = await atSocket('/api/v1/explain?name=/001122334455.cfg')
  const { routes, device } = JSON.parse(text) as {
    routes: { verdict: string }[]
    device: { id: string }
  }
  assert.equal(routes[0]?.verdict, 'answers')
  assert.equal(device.id, 'desk-7')
})

test('the journal stream has the request of a device', async () => {
  const socketPath = join(site.path, '.trivet', 'admin.sock')
  const asked = request({ socketPath, path: '/api/v1/journal/stream', agent: false }).end()
  const [response] = await once(asked, 'response')
  response.setEncoding('utf8')
  await once(response, 'data')
  await readByTftp('/001122334455.cfg', { port: server.tftp[0]?.port ?? 0 })
  let text = ''
  for await (const chunk of response) {
    text += chunk
    if (/event: request[^]*\n\n/.test(text)) break
  }
  assert.match(text, /"path":"\/001122334455\.cfg"/)
})

test('token and api say what went wrong, with their exit status', async () => {
  const bad = await trivet(['api', 'GET', 'devices/none'])
  assert.deepEqual([bad.status, bad.stderr], [1, 'trivet: There is no device "none"\n'])
  const body = '{"values":{"a":1}}'
  const put = ['api', 'PUT', 'classes/piped', '--data', '-', '--header', 'If-None-Match: *']
  assert.equal((await trivet(put, body)).status, 0)
  assert.match((await trivet(put, body)).stderr, /exists since revision/)
  const { revision = 0 } = JSON.parse((await trivet(['api', 'GET', 'classes/piped'])).stdout) as {
    revision?: number
  }
  // Without a body, and thus without a Content-Type.
  const undone = await trivet(['api', 'POST', `revisions/${revision}/revert`])
  assert.match(undone.stdout, new RegExp(`"why":"reverts revision ${revision}"`), undone.stderr)
  assert.equal((await trivet(['api', 'EAT', 'devices'])).status, 2)
  const none = await trivet(['api', 'GET', 'devices', '--state', join(site.path, 'nowhere')])
  assert.equal(none.status, 3)
  assert.match(none.stderr, /no server runs for this site/)
  const listed = await trivet(['token', 'list', '--json'])
  const [{ id = '', label = '' } = {}] = JSON.parse(listed.stdout) as Record<string, string>[]
  assert.equal(label, 'laptop')
  assert.doesNotMatch(listed.stdout, /hash|trivet_/)
  assert.equal((await trivet(['token', 'remove', id])).status, 0)
  assert.equal((await trivet(['token', 'remove', id])).status, 1)
  assert.equal((await trivet(['token', 'add', ' '])).status, 2)
  assert.equal((await trivet(['token', 'list'])).stdout, 'No tokens\n')
})

test('serve goes on where its default port is taken, and ends where a named one is', async () => {
  const port = new URL(origin).port
  const named = await trivet(['serve', '.', ...LISTEN, '--admin', `127.0.0.1:${port}`])
  assert.equal(named.status, 1)
  assert.match(named.stderr, /to be administered: another program has it/)
  // Whoever has port 8070 of this machine, this or another: the server is up.
  const taken = createServer().on('error', () => {})
  taken.listen(8070, '127.0.0.1')
  await Promise.race([once(taken, 'listening'), once(taken, 'error')])
  const child = spawn(process.execPath, [MAIN, 'serve', '.', ...LISTEN], { cwd: site.path })
  const lines = await untilReady(child)
  child.kill('SIGTERM')
  await once(child, 'exit')
  taken.close()
  const isMeant = (msg: string | undefined): boolean => msg?.includes('administ') ?? false
  const warnings = lines.map(({ msg }) => msg).filter(isMeant)
  assert.equal(warnings.length, 2)
  assert.match(warnings[0] ?? '', /no administration over TCP: .*127\.0\.0\.1:8070/)
  // Of the first server, which still has it.
  assert.match(warnings[1] ?? '', /another server has it/)
})

test('serve --admin none has neither a port nor a socket', async () => {
  await using other = await writtenFolder({ 'a.txt': 'a' })
  await using quiet = await startServerProcess(other.path, [...LISTEN, '--admin', 'none'])
  assert.doesNotMatch(quiet.errorText(), /API/)
  assert.throws(() => statSync(join(other.path, '.trivet')))
})

test('a server that stops takes its socket with it and ends who watches', async () => {
  await using other = await writtenFolder({ 'a.txt': 'a' })
  await using stopping = await startServerProcess(other.path, [...LISTEN, '--admin', '127.0.0.1:0'])
  const socketPath = join(other.path, '.trivet', 'admin.sock')
  const asked = request({ socketPath, path: '/api/v1/journal/stream', agent: false }).end()
  const [response] = await once(asked, 'response')
  const text = readAll(response)
  stopping.process.kill('SIGTERM')
  const [status] = await once(stopping.process, 'exit')
  assert.equal(status, 0)
  assert.match(await text, /watching/)
  assert.throws(() => statSync(socketPath))
})

test('a socket that cannot be had is said, and devices are served', async () => {
  await using other = await writtenFolder({ 'a.txt': 'a' })
  writeFileSync(join(other.path, '.trivet'), 'a file where the folder should be')
  await using server = await startServerProcess(other.path, [...LISTEN, '--admin', '127.0.0.1:0'])
  const response = await fetch(`http://127.0.0.1:${server.http[0]?.port}/a.txt`)
  assert.equal(await response.text(), 'a')
})

interface LogLine {
  readonly level: number
  readonly msg: string
}

/** Log lines until it is ready; what comes after is read and let go. */
async function untilReady(child: ChildProcess): Promise<readonly LogLine[]> {
  let text = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.includes('"msg":"ready"')) resolve()
  })
  await promise
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)
}
