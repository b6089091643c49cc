import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { isInstalled, type RealClient, realClients, runClient } from '../conformance/clients.ts'

/** What came of one real client and one slow file. */
export interface RealRun {
  readonly client: string
  readonly seconds: number
  /** The whole file, right, and made once. */
  readonly isSurvived: boolean
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

/** The command line clients that are on this machine. */
export async function installedClients(): Promise<readonly RealClient[]> {
  const all = await Promise.all(realClients.map(isInstalled))
  return realClients.filter((_, index) => all[index])
}

/** Lets every client wait for every delay, all at the same time. @param onDone - For progress. */
export async function runReal(
  clients: readonly RealClient[],
  delaysSeconds: readonly number[],
  onDone: () => void,
): Promise<readonly RealRun[]> {
  await using site = await writtenFolder({
    'trivet.yaml': config,
    'slow.mjs': slow,
    'local/': '',
  })
  const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', 'none']
  await using server = await startServerProcess(site.path, listen)
  const jobs = clients.flatMap((client) => delaysSeconds.map((seconds) => ({ client, seconds })))
  return await Promise.all(
    jobs.map(async ({ client, seconds }) => {
      const isSurvived = await waits(client, seconds, { site, server })
      onDone()
      return { client: client.name, seconds, isSurvived }
    }),
  )
}

async function waits(
  client: RealClient,
  seconds: number,
  { site, server }: { readonly site: TemporaryFolder; readonly server: ServerProcess },
): Promise<boolean> {
  const remote = `${client.name}-${seconds}s`
  const local = join(site.path, 'local', remote)
  const job = { host: '127.0.0.1', port: server.tftp[0]?.port ?? 0, remote, local }
  const { status } = await runClient(client.get(job), { limitMs: 90_000 })
  if (status !== 0) return false
  const url = `http://127.0.0.1:${server.http[0]?.port}/runs`
  const runs = (await (await fetch(url)).json()) as Record<string, number>
  const text = await readFile(local, 'utf8').catch(() => '')
  return text === `/${remote} `.repeat(200) && runs[`/${remote}`] === 1
}
