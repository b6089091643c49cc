import { type Boot, describeBoot } from '../../observe/boot-fold.ts'
import { logLines } from '../log-lines.ts'

export interface BootsOptions {
  readonly json?: boolean
}

/**
 * Reads a log and lists how devices found their files.
 *
 * @param file - The server's log; undefined or `-`: standard input.
 * @returns The exit status, 0.
 */
export async function boots(file: string | undefined, options: BootsOptions): Promise<number> {
  const found: Boot[] = []
  for await (const line of logLines(file)) if (isBootLine(line)) found.push(line.boot)
  if (options.json) process.stdout.write(`${JSON.stringify({ boots: found }, null, 2)}\n`)
  else process.stdout.write(found.length === 0 ? NONE : found.map(describe).join(''))
  return 0
}

const NONE =
  'No walks in this log: it is the JSON that the server prints in a pipe that is read, and a walk is two names or more that are not there\n'

function isBootLine(line: object): line is { readonly boot: Boot } {
  return 'boot' in line && typeof line.boot === 'object' && line.boot !== null
}

function describe(boot: Boot): string {
  const { at, durationMs, missed, missedCount } = boot
  const more = missedCount > missed.length ? [`and ${missedCount - missed.length} more`] : []
  const names = [...missed, ...more].map((name) => `    not ${name}\n`).join('')
  return `${at} in ${(durationMs / 1000).toFixed(1)} s, ${describeBoot(boot)}\n${names}`
}
