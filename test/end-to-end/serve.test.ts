import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: the server as users run it gives the same bytes by either door, and ends as told.

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../examples/site', import.meta.url))

let server: ServerProcess

before(async () => {
  server = await startServerProcess(EXAMPLE)
})

after(() => server[Symbol.asyncDispose]())

async function curl(...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('curl', ['-sS', '-f', ...args], { encoding: 'buffer' })
  return stdout
}

function urls(path: string): { tftp: string; http: string } {
  return {
    tftp: `tftp://127.0.0.1:${server.tftp[0]?.port}${path}`,
    http: `http://127.0.0.1:${server.http[0]?.port}${path}`,
  }
}

const samples = {
  static: '/readme.txt',
  cgi: '/cgi/test',
  handler: '/switches/sw7/config.txt',
  template: '/phones/SEP001122334455.cnf.xml',
}

for (const [kind, path] of Object.entries(samples)) {
  test(`serve gives the same bytes of a ${kind} route by TFTP and HTTP`, async () => {
    const { tftp, http } = urls(path)
    const [byTftp, byHttp] = await Promise.all([curl(tftp), curl(http)])
    assert.ok(byTftp.length > 0)
    assert.deepEqual(byTftp, byHttp)
  })
}

test('serve journals a delivered request by either front with route, source and bytes', async () => {
  await curl(urls('/cgi/test').tftp)
  const entry = await server.entry(({ front, path }) => front === 'tftp' && path === '/cgi/test')
  assert.equal(entry.outcome, 'delivered')
  assert.equal(entry.method, 'RRQ')
  assert.equal(entry.bytes, 'Hello from CGI land!\n'.length)
  assert.match(entry.source ?? '', /^cgi/)
  assert.equal(entry.optionsAcknowledged?.['tsize'], '21')
})

test('serve never serves the configuration, dotfiles or the sources of scripts and templates', async () => {
  const hidden = [
    '/trivet.yaml',
    '/handlers/switches.ts',
    '/phones/SEP{mac}.cnf.xml.j2',
    '/.hidden',
  ]
  for (const path of hidden) {
    const { tftp, http } = urls(encodeURI(path))
    await assert.rejects(curl('-g', tftp), path)
    await assert.rejects(curl('-g', http), path)
  }
})

test('serve takes an upload where the route allows it and refuses it elsewhere', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'up')
  await writeFile(file, 'from a device\n')
  await curl('-T', file, urls('/inbox/one').tftp)
  assert.equal((await curl(urls('/inbox/one').http)).toString(), 'from a device\n')
  await curl('-T', file, urls('/inbox/two').http)
  assert.equal((await curl(urls('/inbox/two').tftp)).toString(), 'from a device\n')
  await assert.rejects(curl('-T', file, urls('/readme.txt').tftp))
  const entry = await server.entry(({ method, path }) => method === 'WRQ' && path === '/readme.txt')
  assert.equal(entry.refusal, 'METHOD_NOT_ALLOWED')
})

test('serve answers HEAD, Range, If-None-Match', async () => {
  const { http } = urls('/readme.txt')
  const head = await fetch(http, { method: 'HEAD' })
  const etag = head.headers.get('etag') ?? ''
  assert.equal(head.status, 200)
  assert.notEqual(etag, '')
  assert.equal((await fetch(http, { headers: { 'if-none-match': etag } })).status, 304)
  const part = await fetch(http, { headers: { range: 'bytes=2-7' } })
  assert.equal(part.status, 206)
  assert.equal(await part.text(), 'static')
})

test('serve makes ranges and validators of generated files too', async () => {
  const { http } = urls('/cgi/test')
  const whole = await fetch(http)
  const etag = whole.headers.get('etag') ?? ''
  assert.equal((await whole.text()).length, 21)
  assert.equal((await fetch(http, { headers: { 'if-none-match': etag } })).status, 304)
  const part = await fetch(http, { headers: { range: 'bytes=-6' } })
  assert.equal(await part.text(), 'land!\n')
  assert.equal((await fetch(http, { headers: { range: 'bytes=99-' } })).status, 416)
})

test('serve ends with status 0 on SIGTERM once the running transfers have ended', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'cgi'))
  const gate = join(folder.path, 'gate')
  const script = `#!/bin/sh\nuntil [ -e '${gate}' ]; do sleep 0.05; done\necho done\n`
  await writeFile(join(folder.path, 'cgi', 'slow'), script, { mode: 0o755 })
  await using own = await startServerProcess(folder.path)
  const fetching = curl(`tftp://127.0.0.1:${own.tftp[0]?.port}/cgi/slow`)
  const httpGet = curl(`http://127.0.0.1:${own.http[0]?.port}/cgi/slow`)
  await untilRunning(folder.path)
  own.process.kill('SIGTERM')
  await writeFile(gate, '')
  assert.equal((await fetching).toString(), 'done\n')
  assert.equal((await httpGet).toString(), 'done\n')
  const [status] =
    own.process.exitCode === null ? await once(own.process, 'exit') : [own.process.exitCode]
  assert.equal(status, 0)
})

/** Both scripts are running when two shells wait below the folder's server. */
async function untilRunning(folder: string): Promise<void> {
  for (;;) {
    const { stdout } = await run('sh', ['-c', `pgrep -fc '${folder}/cgi/slow' || true`])
    if (Number(stdout) >= 2) return
  }
}

test('serve ends at once on a second signal', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'cgi'))
  const script = '#!/bin/sh\nexec sleep 600\n'
  await writeFile(join(folder.path, 'cgi', 'slow'), script, { mode: 0o755 })
  await using own = await startServerProcess(folder.path)
  const abandoned = curl(`http://127.0.0.1:${own.http[0]?.port}/cgi/slow`)
  abandoned.catch(() => {})
  own.process.kill('SIGTERM')
  own.process.kill('SIGINT')
  const [status] = await once(own.process, 'exit')
  assert.notEqual(status, null)
})

test('serve says what to do when the port is taken, and ends', async () => {
  const port = server.tftp[0]?.port
  const args = [
    MAIN,
    'serve',
    EXAMPLE,
    '--tftp',
    `127.0.0.1:${port}`,
    '--no-http',
    '--admin',
    'none',
  ]
  await assert.rejects(run(process.execPath, args), (error: { code: number; stderr: string }) => {
    assert.equal(error.code, 1)
    assert.match(error.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`))
    assert.match(error.stderr, /ss -/)
    return true
  })
})
