import type { JournalEntry } from '../../observe/journal.ts'
import { LateList, type LateRoute } from '../../observe/late-list.ts'
import { logLines } from '../log-lines.ts'
import { table } from '../table.ts'

export interface LateOptions {
  readonly json?: boolean
}

/**
 * Reads a log and says which routes are too slow for those who ask, or nearly so.
 *
 * @param file - The server's log; undefined or `-`: standard input.
 * @returns The exit status: 0 none is, 1 some are.
 */
export async function late(file: string | undefined, options: LateOptions): Promise<number> {
  const list = new LateList()
  let entryCount = 0
  for await (const line of logLines(file)) {
    if (!isEntry(line)) continue
    entryCount += 1
    list.record(line)
  }
  const { routes } = list
  if (options.json) process.stdout.write(`${JSON.stringify({ entryCount, routes }, null, 2)}\n`)
  else process.stdout.write(describe(routes, entryCount))
  return routes.length === 0 ? 0 : 1
}

/** Lines of other kinds are not ours to complain of: a log has many. */
function isEntry(line: object): line is JournalEntry {
  return 'outcome' in line && 'durationMs' in line
}

function describe(routes: readonly LateRoute[], entryCount: number): string {
  if (entryCount === 0) {
    return 'No requests in this log: it is the JSON that the server prints in a pipe that is read\n'
  }
  if (routes.length === 0) return `${entryCount} requests, none within a second of its limit\n`
  const rows = routes.map((one) => [
    one.route,
    String(one.count),
    String(one.lateCount),
    secondsOf(one.marginMs),
    one.profile ?? '?',
    secondsOf(one.clientLimitMs),
    secondsOf(one.generationMs),
    one.path,
  ])
  const head = ['route', 'close', 'late', 'left', 'client', 'waits', 'made in', 'path']
  return table([head, ...rows])
}

function secondsOf(ms: number | undefined): string {
  return ms === undefined ? '?' : `${(ms / 1000).toFixed(1)} s`
}
