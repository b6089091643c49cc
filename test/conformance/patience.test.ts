import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { isInstalled, type RealClient, realClients, runClient } from './clients.ts'

// Goal: a slow generator loses no real client that can wait as long as the generator takes, and
// runs once. Method: all clients and delays at the same time, each with a file of its own; the
// clients' own repeats are counted by the server.

const delaysSeconds = [1, 2, 5, 10, 12, 20, 24] as const

/** When a client sends its request, in seconds since the first one, while nothing answers. */
const requestTimes: Readonly<Record<string, readonly number[]>> = {
  'tftp-hpa': [0, 5, 10, 15, 20],
  atftp: [0, 5, 10, 15, 20, 25],
  curl: [0, 6, 12, 18, 24],
  busybox: [0, 0.1, 0.25, 0.475, 0.812, 1.317, 2.074, 3.209, 4.911, 6.911, 8.911, 10.911],
}

const slow = `
const runs = new Map()
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/runs') return Response.json(Object.fromEntries(runs))
  runs.set(pathname, (runs.get(pathname) ?? 0) + 1)
  const seconds = Number(/-(\\d+)s$/.exec(pathname)?.[1])
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return new Response((pathname + ' ').repeat(200))
}
`

const config = `
routes:
  - { match: /runs, handler: slow.mjs, share: never }
  - { match: '/{path...}', handler: slow.mjs }
`

let site: TemporaryFolder
let server: ServerProcess

before(async () => {
  site = await writtenFolder({ 'trivet.yaml': config, 'slow.mjs': slow, 'local/': '' })
  server = await startServerProcess(site.path, [
    '--tftp',
    '127.0.0.1:0',
    '--http',
    '127.0.0.1:0',
    '--admin',
    'none',
  ])
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function runsOf(path: string): Promise<number | undefined> {
  const response = await fetch(`http://127.0.0.1:${server.http[0]?.port}/runs`)
  return ((await response.json()) as Record<string, number>)[path]
}

async function waits(
  client: RealClient,
  seconds: number,
  more: { remote?: string; blockBytes?: number } = {},
): Promise<void> {
  const { remote = `${client.name}-${seconds}s` } = more
  const local = join(site.path, 'local', remote)
  const port = server.tftp[0]?.port ?? 0
  const job = { host: '127.0.0.1', port, ...more, remote, local }
  const { status, output } = await runClient(client.get(job))
  assert.equal(status, 0, output)
  assert.equal(await readFile(local, 'utf8'), `/${remote} `.repeat(200))
  assert.equal(await runsOf(`/${remote}`), 1)
  const entry = await server.entry(({ path }) => path === `/${remote}`)
  assert.equal(entry.outcome, 'delivered')
  const own = requestTimes[client.name]?.filter((at) => at <= seconds + 0.5).length ?? 0
  const onTheWire = 1 + (entry.repeats ?? 0)
  assert.ok(onTheWire <= own, `${onTheWire} requests on the wire, ${own} are its own`)
}

describe('a slow generator', { concurrency: true }, async () => {
  test('of 20 s keeps busybox -b, whose OACK is not empty', async (context) => {
    const busybox = realClients.find(({ name }) => name === 'busybox') ?? assert.fail()
    if (!(await isInstalled(busybox))) {
      context.skip(`busybox is not installed (Debian package ${busybox.package})`)
      return
    }
    await waits(busybox, 20, { remote: 'busybox-b-20s', blockBytes: 1428 })
  })

  for (const client of realClients) {
    const isHere = await isInstalled(client)
    const skip = isHere
      ? false
      : `${client.name} is not installed (Debian package ${client.package})`
    for (const seconds of delaysSeconds) {
      test(`of ${seconds} s: ${client.name} waits for it, and it runs once`, { skip }, () => {
        return waits(client, seconds)
      })
    }
  }
})
