import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { readByTftp } from '../../src/testing/tftp-reader.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: with several threads a server does what it does with one. Method: what could differ, asked
// from so many ports that the system gives some to each of two workers.

const run = promisify(execFile)
const SITE = `routes:
  - {match: "/count/{name}", handler: count.ts, share: device}
  - {match: /stream, handler: stream.ts}
  - {match: /fails, handler: fails.ts}
  - {match: "/in/{name}", handler: in.ts, methods: [PUT]}
  - {match: "/{path...}", static: .}
`

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({
    'trivet.yaml': SITE,
    'count.ts':
      'let runs = 0\nexport default (_, { params }) => new Response(`${params.name} ${++runs}`, ' +
      "{ headers: { 'cache-control': 'max-age=60' } })\n",
    'stream.ts': `export default () => new Response(new ReadableStream({
      async pull(c) { for (let i = 0; i < 50; i++) c.enqueue(new Uint8Array(1000).fill(i))
        c.close() } }))\n`,
    'fails.ts':
      "export default (_, context) => { context.note('noted'); throw new Error('boom') }\n",
    'in.ts':
      "import { writeFileSync } from 'node:fs'\nexport default async (request, { params }) => {\n" +
      '  writeFileSync(`${import.meta.dirname}/got-${params.name}`, await request.bytes())\n' +
      "  return new Response('', { status: 201 })\n}\n",
  })
  await writeFile(join(site.path, 'big.bin'), randomBytes(3_000_000))
  const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0']
  server = await startServerProcess(site.path, [...listen, '--admin', 'none', '--workers', '2'])
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

function port(): number {
  return server.tftp[0]?.port ?? 0
}

test('two workers share the clients, and files are made once for both', async () => {
  const asks = Array.from({ length: 64 }, (_, index) =>
    readByTftp(`/count/d${index % 4}`, { port: port() }, ['tsize', '0']),
  )
  const texts = (await Promise.all(asks)).map(({ bytes }) => bytes.toString())
  assert.equal(new Set(texts).size, 4, [...new Set(texts)].join())
  await server.entry(() => server.entries.length >= 64)
  const workers = new Set(server.entries.map(({ id }) => /\.(\d+)-/.exec(id)?.[1]))
  assert.deepEqual(workers, new Set(['0', '1']))
  assert.ok(server.entries.some(({ shared }) => shared === true))
})

test('workers send large files and streams whole', async () => {
  const big = readFileSync(join(site.path, 'big.bin'))
  const url = `tftp://127.0.0.1:${port()}`
  const options = { encoding: 'buffer', maxBuffer: 1e8 } as const
  const [file, stream] = await Promise.all([
    run('curl', ['-sS', '--tftp-blksize', '1428', `${url}/big.bin`], options),
    run('curl', ['-sS', `${url}/stream`], options),
  ])
  assert.deepEqual(file.stdout, big)
  assert.deepEqual([stream.stdout.length, stream.stdout.at(-1)], [50_000, 49])
})

test('workers take uploads', async () => {
  const bytes = randomBytes(200_000)
  await writeFile(join(site.path, 'up'), bytes)
  await run('curl', ['-sS', '-T', join(site.path, 'up'), `tftp://127.0.0.1:${port()}/in/x`])
  assert.deepEqual(readFileSync(join(site.path, 'got-x')), bytes)
})

test('workers refuse as one thread does, and the journal has what the source noted', async () => {
  assert.equal((await readByTftp('/fails', { port: port() })).error, 0)
  assert.equal((await readByTftp('/nothing-here', { port: port() })).error, 1)
  const entry = await server.entry(({ path }) => path === '/fails')
  assert.equal(entry.outcome, 'failed')
  assert.match(entry.notes ?? '', /^noted\n/)
})

test('workers end when they are told to', async () => {
  const { process: child } = server
  child.kill('SIGTERM')
  const [code] = await new Promise<unknown[]>((resolve) => child.once('exit', (...a) => resolve(a)))
  assert.equal(code, 0)
})
