import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { benchFolder } from './folders.ts'
import type { Load, LoadResult } from './load-generator.ts'
import { markdownTable } from './markdown-table.ts'
import type { Subject } from './peers.ts'
import type { RunningServer } from './server-process.ts'

/** As many source addresses: one address has at most 1,000 transfers at once. */
const ADDRESSES = ['-a', '250']
const TEN_THOUSAND = ['-S', '1000', '-n', '10000', '-R', '8', ...ADDRESSES]
const COUNTED = ['-f', 'counted/%06u', '-s', '4096']
const TEMPLATE = ['-f', 'jinja/020000%06u.cfg']

/** W6: a power cut ends, and everybody asks at once. */
export async function bootStorms(
  [trivet]: readonly Subject[],
  load: Load,
  _site: string,
): Promise<string> {
  if (trivet === undefined) return ''
  const rows: string[][] = []
  {
    await using server = await trivet.start()
    await load(server, ['-f', 'cfg/%06u.cfg', '-t', '20000', '-m', '10000', '-n', '100'])
    const handler = await load(server, [...COUNTED, ...TEN_THOUSAND])
    rows.push(rowOf('handler, 10,000 in 1 s', handler, await runsOf(server)))
    const cold = await load(server, [...TEMPLATE, ...TEN_THOUSAND])
    rows.push(rowOf('template, nothing made before, 10,000 in 1 s', cold, 'one each'))
    const warm = await load(server, [...TEMPLATE, ...TEN_THOUSAND])
    rows.push(rowOf('template, renditions kept, 10,000 in 1 s', warm, 'none'))
  }
  {
    await using server = await trivet.start()
    await load(server, ['-f', 'cfg/%06u.cfg', '-t', '20000', '-m', '10000', '-n', '100'])
    const before = server.residentMb()
    const args = ['-S', '20000', '-n', '100000', '-R', '8', ...ADDRESSES]
    const handler = await load(server, [...COUNTED, ...args])
    const after = server.residentMb()
    await load(server, ['-f', 'cfg/%06u.cfg', '-t', '20000', '-m', '10000', '-n', '100'])
    const later = server.residentMb()
    rows.push(rowOf('handler, 100,000 in 20 s', handler, await runsOf(server)))
    const figures = [before, after, later].map((mb) => `${mb.toFixed(0)} MB`)
    rows.push([
      `its resident set before, after, and after more: ${figures.join(', ')}`,
      '',
      '',
      '',
      '',
    ])
  }
  const head = ['W6', 'done', 'last after, s', 'requests per file', 'generations']
  return `## W6: boot storms, 250 source addresses\n\n${markdownTable(head, rows)}`
}

/** What Trivet takes of the memory, and how long until it answers. */
export async function footprints(
  [trivet]: readonly Subject[],
  load: Load,
  site: string,
): Promise<string> {
  if (trivet === undefined) return ''
  const rows: string[][] = []
  {
    await using server = await trivet.start()
    rows.push(['resident, idle, 10,000 devices in SQLite', `${server.residentMb().toFixed(0)} MB`])
    const held = load(server, [
      '-f',
      'slow/%06u',
      '-S',
      '1000',
      '-n',
      '10000',
      '-r',
      '20000',
      ...ADDRESSES,
    ])
    await new Promise((resolve) => setTimeout(resolve, 4000))
    rows.push(['resident, 10,000 live transfers, held', `${server.residentMb().toFixed(0)} MB`])
    const { done } = await held
    rows.push(['of which were served', String(done)])
  }
  await using empty = await benchFolder()
  rows.push(['start until ready, 10,000 devices in SQLite', `${await startMs(site)} ms`])
  rows.push(['start until ready, an empty folder', `${await startMs(empty.path)} ms`])
  return `## Memory and start\n\n${markdownTable(['what', 'figure'], rows)}`
}

/** From the start of the process to its ready line, the second time. */
async function startMs(site: string): Promise<number> {
  const main = join(import.meta.dirname, '../src/cli/main.ts')
  let ms = Number.NaN
  for (let round = 0; round < 2; round += 1) {
    const start = performance.now()
    const listen = ['--tftp', '127.0.0.1:0', '--http', '127.0.0.1:0', '--admin', 'none']
    const child = spawn(process.execPath, [main, 'serve', site, ...listen])
    await once(child.stderr, 'data')
    ms = performance.now() - start
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return Math.round(ms)
}

function rowOf(what: string, result: LoadResult, generations: string): string[] {
  const { done, failed, seconds, rrqs_per_transfer } = result
  const served = failed === 0 ? String(done) : `${done}, ${failed} failed`
  return [what, served, seconds.toFixed(2), rrqs_per_transfer.toFixed(3), generations]
}

/** How often the counting handler ran, by its own word. */
async function runsOf({ port }: RunningServer): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port + 1000}/runs`)).text()
}
