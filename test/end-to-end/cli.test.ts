import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: every command does what its help says, and its exit status tells how it ended.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../examples/site', import.meta.url))

let server: ServerProcess

before(async () => {
  server = await startServerProcess(EXAMPLE)
})

after(() => server[Symbol.asyncDispose]())

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function trivet(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code)
      resolve({ status, stdout, stderr })
    })
  })
}

function url(path: string): string {
  return `tftp://127.0.0.1:${server.tftp[0]?.port}/${path}`
}

for (const command of ['serve', 'check', 'explain', 'late', 'get', 'put']) {
  test(`${command} --help explains arguments and options`, async () => {
    const { status, stdout } = await trivet(command, '--help')
    assert.equal(status, 0)
    assert.match(stdout, /^Usage: trivet /)
    assert.match(stdout, /Options:/)
  })
}

test('an unknown option is refused with a suggestion', async () => {
  const { status, stderr } = await trivet('serve', '--single-prot')
  assert.notEqual(status, 0)
  assert.match(stderr, /--single-port/)
})

test('get prints a file and, with --json, what happened', async () => {
  const { status, stdout, stderr } = await trivet('get', url('cgi/test'), '--json')
  assert.equal(status, 0)
  assert.equal(stdout, 'Hello from CGI land!\n')
  const report = JSON.parse(stderr) as { outcome: string; bytes: number; options: object }
  assert.equal(report.outcome, 'done')
  assert.equal(report.bytes, 21)
  assert.deepEqual(report.options, { tsize: '21' })
})

test('get ends with status 1 and the reason when the server refuses', async () => {
  const { status, stderr } = await trivet('get', url('nope'))
  assert.equal(status, 1)
  assert.match(stderr, /ERROR 1: File not found/)
})

test('get ends with status 3 when nobody answers', async () => {
  const impatient = ['--retry-ms', '10', '--give-up-ms', '30']
  const { status, stderr } = await trivet('get', 'tftp://127.0.0.1:9/x', ...impatient)
  assert.equal(status, 3)
  assert.match(stderr, /no answer/)
})

test('get ends with status 2 and one line when the URL is wrong', async () => {
  const { status, stderr } = await trivet('get', 'http://127.0.0.1/x')
  assert.equal(status, 2)
  assert.equal(stderr.trim().split('\n').length, 1)
})

test('get ends with status 4 when it cannot write', async () => {
  const { status, stderr } = await trivet('get', url('readme.txt'), '-o', '/nonexistent/file')
  assert.equal(status, 4)
  assert.match(stderr, /ENOENT/)
})

test('get leaves no file behind when it fails', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'x')
  await trivet('get', url('nope'), '-o', file)
  await assert.rejects(readFile(file))
  await assert.rejects(readFile(`${file}.part`))
})

test('put and get with windowsize, blksize and netascii bring a file there and back', async () => {
  await using folder = await temporaryFolder()
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
  const text = Array.from({ length: 5000 }, (_, line) => `line ${line}\r\n`).join('')
  await writeFile(from, text)
  const options = ['--blksize', '700', '--windowsize', '7', '--netascii']
  assert.equal((await trivet('put', from, url('inbox/cli'), ...options)).status, 0)
  assert.equal((await trivet('get', url('inbox/cli'), '-o', to, ...options)).status, 0)
  assert.equal(await readFile(to, 'utf8'), text)
})

test('put ends with status 1 where no upload is allowed', async () => {
  const { status, stderr } = await trivet('put', MAIN, url('readme.txt'))
  assert.equal(status, 1)
  assert.match(stderr, /ERROR 2/)
})

test('put ends with status 4 when there is no such file', async () => {
  assert.equal((await trivet('put', '/nonexistent', url('inbox/x'))).status, 4)
})

test('explain says which route answers, and why others do not', async () => {
  const { status, stdout } = await trivet('explain', '/readme.txt', '--site', EXAMPLE)
  assert.equal(status, 0)
  assert.match(stdout, /→ files {2}\[static \.\/\] {2}\S+trivet\.yaml:\d+\n {4}answers/)
  assert.match(stdout, /does not match: /)
})

test('explain ends with status 1 when no route has the file', async () => {
  const { status, stdout } = await trivet('explain', '/nope', '--site', EXAMPLE)
  assert.equal(status, 1)
  assert.match(stdout, /File not found/)
})

test('explain --profile says how each kind of client would be held', async () => {
  const options = ['--option', 'blksize=1432', '--option', 'tsize=0']
  const { status, stdout } = await trivet(
    'explain',
    '/cgi/test',
    '--site',
    EXAMPLE,
    '--profile',
    ...options,
  )
  assert.equal(status, 0)
  assert.match(stdout, /^iPXE.* \(ipxe\), waits 15\.\d s in silence\n/m)
  assert.match(stdout, /^ +\d+\.\d s {2}an OACK leaves, before the bytes$/m)
  const wrong = await trivet('explain', '/x', '--site', EXAMPLE, '--profile', '--option', 'tsize')
  assert.deepEqual([wrong.status, /--option "tsize"/.test(wrong.stderr)], [2, true])
})

test('late lists the routes of a log that are too slow, and ends with status 1', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'log')
  const entry = { outcome: 'delivered', route: 'slow', path: '/a', durationMs: 12_500 }
  const held = { profile: 'busybox', clientLimitMs: 12_900, firstByteMs: 12_400 }
  await writeFile(log, `noise\n${JSON.stringify({ ...entry, ...held })}\n`)
  const { status, stdout } = await trivet('late', log)
  assert.equal(status, 1)
  assert.match(stdout, /^slow +1 +0 +0\.5 s +busybox +12\.9 s/m)
  await writeFile(log, `${JSON.stringify(entry)}\n`)
  assert.equal((await trivet('late', log)).status, 0)
  assert.equal((await trivet('late', join(folder.path, 'none'))).status, 4)
})

test('explain --render prints the bytes a device would get', async () => {
  const path = '/phones/SEP0011.22AA.BBCC.cnf.xml'
  const { stdout } = await trivet('explain', path, '--site', EXAMPLE, '--render')
  const got = await trivet('get', url(path.slice(1)))
  assert.match(stdout, /001122AABBCC/)
  assert.equal(stdout, got.stdout)
})

test('explain --json is for programs', async () => {
  const { stdout } = await trivet('explain', '/cgi/test?a=1', '--site', EXAMPLE, '--json')
  const explanation = JSON.parse(stdout) as { query: string; routes: { verdict: string }[] }
  assert.equal(explanation.query, 'a=1')
  assert.equal(explanation.routes[0]?.verdict, 'would-run')
})

test('check finds the example site right', async () => {
  const { status, stdout } = await trivet('check', EXAMPLE)
  assert.equal(status, 0, stdout)
})

test('check prints every problem with file, line, path, found and allowed', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'trivet.yaml')
  await writeFile(file, 'routes:\n  - match: /a\n    static: .\n    deadlineMs: 5s\n  - mach: /b\n')
  const { status, stdout } = await trivet('check', file)
  assert.equal(status, 1)
  assert.match(stdout, /trivet\.yaml:4 routes\[0\]\.deadlineMs: found "5s", expected /)
  assert.match(
    stdout,
    /trivet\.yaml:5 routes\[1\]\.mach: unknown key "mach": did you mean "match"\?/,
  )
})

test('serve with a broken configuration prints its problems and ends with status 2', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'trivet.yaml')
  await writeFile(file, 'routes: 5\n')
  const { status, stderr } = await trivet('serve', file)
  assert.equal(status, 2)
  assert.match(stderr, /trivet\.yaml:1 routes: /)
})

test('who reads a part of what is printed and leaves is no failure', async () => {
  await using site = await temporaryFolder()
  await writeFile(join(site.path, 'big.txt'), 'x'.repeat(4 * 1024 * 1024))
  const command = '"$0" "$1" explain /big.txt --render --site "$2" | head -c 4'
  const { stdout, stderr } = await new Promise<Omit<Result, 'status'>>((resolve) => {
    const args = ['-c', command, process.execPath, MAIN, site.path]
    execFile('sh', args, (_error, out, complaint) => resolve({ stdout: out, stderr: complaint }))
  })
  assert.equal(stdout, 'xxxx')
  assert.doesNotMatch(stderr, /EPIPE|Error/)
})
