import { type Boot, type BootEntry, foldBoots } from '../observe/fold-boots.ts'
import type { Walk } from '../observe/walk-fold.ts'
import { logLines } from './log-lines.ts'

/** The latest requests of a log that are looked at. */
const ENTRIES_MAX = 100_000

/**
 * The boots of a log, the latest first.
 *
 * Misses that are expected are in a log only at `debug`; the line of a walk has them in any case.
 *
 * @param file - Undefined or `-`: standard input.
 * @throws {CommandError} When the file cannot be read.
 */
export async function bootsInLog(file: string | undefined): Promise<readonly Boot[]> {
  const logged = new Latest()
  const walked = new Latest()
  for await (const line of logLines(file)) {
    if (isEntry(line)) logged.add(bootEntryOf(line))
    else if (isWalkLine(line)) for (const entry of missesOf(line.boot)) walked.add(entry)
  }
  const known = new Set(logged.entries.filter(({ isExpected }) => isExpected).map(keyOf))
  const missing = walked.entries.filter((entry) => !known.has(keyOf(entry)))
  const { sinceMs } = logged
  const since = sinceMs === undefined ? {} : { sinceMs }
  return foldBoots([...logged.entries, ...missing], { nowMs: Date.now(), ...since })
}

/** The latest entries, as many as are looked at. */
class Latest {
  #entries: BootEntry[] = []
  #count = 0

  add(entry: BootEntry): void {
    this.#count += 1
    this.#entries.push(entry)
    if (this.#entries.length >= ENTRIES_MAX * 2) this.#entries = this.#entries.slice(-ENTRIES_MAX)
  }

  get entries(): readonly BootEntry[] {
    return this.#entries.slice(-ENTRIES_MAX)
  }

  /** Undefined when all are there. */
  get sinceMs(): number | undefined {
    const [first] = this.entries
    return this.#count > ENTRIES_MAX && first !== undefined ? Date.parse(first.at) : undefined
  }
}

/** Lines of other kinds are not ours to complain of: a log has many. */
function isEntry(line: object): line is BootEntry {
  return ['at', 'outcome', 'durationMs', 'path', 'client'].every((key) => key in line)
}

function isWalkLine(line: object): line is { readonly boot: Walk } {
  const boot = 'boot' in line ? line.boot : undefined
  return typeof boot === 'object' && boot !== null && 'missed' in boot && Array.isArray(boot.missed)
}

/** What is not needed of a line is not kept. */
function bootEntryOf(line: BootEntry): BootEntry {
  const { at, front, method, client, device, path, bytes, durationMs, outcome } = line
  const { isExpected, repeats, detail } = line
  const always = { at, front, method, client, path, bytes, durationMs, outcome }
  return {
    ...always,
    ...(device === undefined ? {} : { device }),
    ...(isExpected && { isExpected }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(detail === undefined ? {} : { detail }),
  }
}

/** The expected misses of a walk as they would stand in the log. */
function missesOf({ at, client: address, device, missed }: Walk): readonly BootEntry[] {
  return missed
    .filter(({ isExpected }) => isExpected)
    .map(({ path, front, afterMs }) => ({
      at: new Date(Date.parse(at) + afterMs).toISOString(),
      front,
      method: front === 'tftp' ? 'RRQ' : 'GET',
      client: { address, port: 0 },
      ...(device === undefined ? {} : { device }),
      path,
      bytes: 0,
      durationMs: 0,
      outcome: 'missing',
      isExpected: true,
    }))
}

function keyOf({ at, client, path }: BootEntry): string {
  return `${at} ${client.address} ${path}`
}
