import { text as readAll } from 'node:stream/consumers'
import type { Boot } from '../../observe/fold-boots.ts'
import { askServer, problemDetailOf, type ServerPlace, serverSocket } from '../ask-server.ts'
import { bootsInLog } from '../boots-in-log.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { bootTable, bootTimeLine } from '../describe-boots.ts'

export interface BootsOptions extends ServerPlace {
  /** Ask the server that runs, not a log. */
  readonly live?: boolean
  /** Only this device, or address. */
  readonly device?: string
  /** At most so many, the latest. */
  readonly limit: number
  readonly json?: boolean
}

/**
 * Lists how devices found their files, in the order in which they came; those of one device as time
 * lines.
 *
 * @param file - The server's log; undefined or `-`: standard input.
 * @returns The exit status, 0.
 */
export async function boots(file: string | undefined, options: BootsOptions): Promise<number> {
  const { live = false, device, limit, json } = options
  if (live && file !== undefined) {
    throw new CommandError('Found a log and --live, one of them is needed', ExitStatus.usage)
  }
  const latest = live ? await bootsOfServer(options) : await bootsInLog(file)
  const wanted = device === undefined ? latest : latest.filter((boot) => isOf(boot, device))
  const listed = wanted.slice(0, limit).reverse()
  process.stdout.write(
    json ? `${JSON.stringify({ boots: listed }, null, 2)}\n` : text(listed, options),
  )
  return ExitStatus.done
}

async function bootsOfServer({ device, limit, ...place }: BootsOptions): Promise<readonly Boot[]> {
  const query = new URLSearchParams({ limit: String(Math.min(limit, 1000)) })
  if (device !== undefined) query.set('device', device)
  const answered = await askServer({
    socketPath: await serverSocket(place),
    method: 'GET',
    path: `/api/v1/boots?${query}`,
    headers: {},
  })
  const { statusCode = 0 } = answered
  const body = await readAll(answered)
  if (statusCode !== 200) {
    throw new CommandError(problemDetailOf(statusCode, body), ExitStatus.refused)
  }
  return (JSON.parse(body) as { readonly items: readonly Boot[] }).items
}

function isOf({ client, device }: Boot, who: string): boolean {
  return client === who || device === who
}

const NONE_IN_LOG =
  'No requests in this log: it is the JSON that the server prints in a pipe that is read\n'

function text(listed: readonly Boot[], { device, live }: BootsOptions): string {
  if (device !== undefined) {
    return listed.length === 0 ? `Nothing from ${device}\n` : listed.map(bootTimeLine).join('\n')
  }
  if (listed.length === 0) return live ? 'No requests yet\n' : NONE_IN_LOG
  return bootTable(listed)
}
