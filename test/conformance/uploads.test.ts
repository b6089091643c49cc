import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { type ClientJob, isInstalled, type RealClient, realClients, runClient } from './clients.ts'
import { patterned } from './site.ts'

// Goal: what real clients write is kept to the byte before they hear that it is, and they hear why
// it is not. Method: the server as its own process on loopback, each client as Debian ships it.

const config = `
routes:
  - match: /kept/{path...}
    uploads: { folder: kept, quotaBytes: 1073741824, quotaFiles: 10000 }
    uploadBytesMax: 67108864
  - match: /logs/{path...}
    uploads: { folder: logs, append: true }
  - match: /once/{path...}
    uploads: { overwrite: never }
  - match: /full/{path...}
    uploads: { quotaBytes: 100 }
`

let site: TemporaryFolder
let server: ServerProcess
let jobCount = 0

before(async () => {
  site = await temporaryFolder()
  await writeFile(join(site.path, 'trivet.yaml'), config)
  for (const name of ['kept', 'logs', 'local']) await mkdir(join(site.path, name))
  server = await startServerProcess(site.path)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function put(
  client: RealClient,
  {
    remote,
    bytes,
    ...more
  }: { readonly remote: string; readonly bytes: Buffer } & Partial<ClientJob>,
): Promise<{ readonly status: number; readonly output: string }> {
  jobCount += 1
  const local = join(site.path, 'local', String(jobCount))
  await writeFile(local, bytes)
  const port = server.tftp[0]?.port ?? 0
  return await runClient(client.put({ host: '127.0.0.1', port, remote, local, ...more }))
}

for (const client of realClients) {
  const isHere = await isInstalled(client)
  const skip = isHere ? false : `${client.name} is not installed (Debian package ${client.package})`
  describe(client.name, { skip }, () => {
    for (const byteCount of [1, 511, 512, 513, 100_000, 5_000_000]) {
      test(`${client.name} has ${byteCount} bytes on disk when it has its last ACK`, async () => {
        const bytes = patterned(byteCount)
        const remote = `kept/${client.name}/${byteCount}`
        const { status, output } = await put(client, { remote, bytes })
        const kept = await readFile(join(site.path, remote))
        assert.equal(status, 0, output)
        assert.ok(kept.equals(bytes))
      })
    }

    test(`${client.name} replaces its own file, and adds to its log`, async () => {
      const [kept, log] = [`kept/${client.name}/again`, `logs/${client.name}.log`]
      for (const text of ['one\n', 'two\n']) {
        await put(client, { remote: kept, bytes: Buffer.from(text) })
        await put(client, { remote: log, bytes: Buffer.from(text) })
      }
      assert.equal(await readFile(join(site.path, kept), 'utf8'), 'two\n')
      assert.equal(await readFile(join(site.path, log), 'utf8'), 'one\ntwo\n')
    })

    test(`${client.name} hears that a file is there already`, async () => {
      const remote = `once/${client.name}`
      await put(client, { remote, bytes: Buffer.from('one') })
      const { status, output } = await put(client, { remote, bytes: Buffer.from('two') })
      assert.ok(status !== 0 || /exists/i.test(output), output)
      const entry = await server.entry(
        ({ path, outcome }) => path === `/${remote}` && outcome !== 'delivered',
      )
      assert.deepEqual([entry.outcome, entry.refusal], ['refused', 'FILE_EXISTS'])
    })

    test(`${client.name} hears that there is no room`, async () => {
      const remote = `full/${client.name}`
      const { status, output } = await put(client, { remote, bytes: patterned(100_000) })
      assert.ok(status !== 0 || /quota|full/i.test(output), output)
      const entry = await server.entry(({ path }) => path === `/${remote}`)
      assert.equal(entry.refusal, 'STORAGE_FULL')
    })
  })
}

test('curl uploads by HTTP, a size announced or not', async () => {
  const local = join(site.path, 'local', 'http')
  const bytes = patterned(5_000_000)
  await writeFile(local, bytes)
  const url = `http://127.0.0.1:${server.http[0]?.port}`
  const ways = { sized: [], chunked: ['-H', 'Transfer-Encoding: chunked'], old: ['--http1.0'] }
  for (const [name, more] of Object.entries(ways)) {
    const target = `${url}/kept/http-${name}`
    const said = await runClient(['curl', '-sS', '-f', ...more, '-T', local, target])
    assert.equal(said.status, 0, said.output)
    assert.ok((await readFile(join(site.path, 'kept', `http-${name}`))).equals(bytes))
  }
  const full = await runClient([
    'curl',
    '-sS',
    '-w',
    '%{http_code}',
    '-T',
    local,
    `${url}/full/http`,
  ])
  assert.equal(full.output, 'The quota is used up\n507')
})

test('200 uploads by real clients at once are all kept, whole', async () => {
  const installed: RealClient[] = []
  for (const client of realClients) if (await isInstalled(client)) installed.push(client)
  const jobs = Array.from({ length: 200 }, (_, index) => ({
    client: installed[index % installed.length],
    remote: `kept/many/${index}`,
    bytes: patterned(2000 + index),
  }))
  await Promise.all(
    jobs.map(async ({ client, ...job }) => {
      assert.ok(client !== undefined)
      const { status, output } = await put(client, job)
      assert.equal(status, 0, `${client.name}: ${output}`)
    }),
  )
  for (const { remote, bytes } of jobs) {
    assert.ok((await readFile(join(site.path, remote))).equals(bytes), remote)
  }
  assert.deepEqual(await readdir(join(site.path, 'kept/.trivet-incoming')), [])
})
