import type { Journal, JournalEntry, RequestOutcome } from './journal.ts'
import { LateList, type LateRoute } from './late-list.ts'
import { type Log, writeLine } from './log.ts'
import { describeWalk, type Walk, WalkFold } from './walk-fold.ts'

/** How loud each outcome is: what devices do on purpose must not look like a fault. */
const levelFor = {
  delivered: 'info',
  answered: 'info',
  probe: 'info',
  missing: 'info',
  aborted: 'info',
  replaced: 'info',
  stopped: 'info',
  refused: 'warn',
  'timed-out': 'warn',
  failed: 'error',
} as const satisfies Record<RequestOutcome, 'info' | 'warn' | 'error'>

export interface RecordingJournalOptions {
  readonly log: Log
  /** Entries kept in memory, 0–1,000,000; the oldest go first. Default 1000. */
  readonly entriesMax?: number
}

/** How often walks that found nothing are looked for, in ms. */
const SWEEP_MS = 10_000

/** Writes one log line per request and keeps the latest entries in memory. */
export class RecordingJournal implements Journal {
  readonly #log: Log
  readonly #entriesMax: number
  readonly #entries: JournalEntry[] = []
  #nextIndex = 0
  readonly #late = new LateList()
  readonly #walks = new WalkFold()
  #isSweeping = false

  constructor(options: RecordingJournalOptions) {
    this.#log = options.log
    this.#entriesMax = options.entriesMax ?? 1000
  }

  record(entry: JournalEntry): void {
    if (this.#entriesMax > 0) {
      this.#entries[this.#nextIndex] = entry
      this.#nextIndex = (this.#nextIndex + 1) % this.#entriesMax
    }
    const level = entry.isExpected ? 'debug' : levelFor[entry.outcome]
    writeLine(this.#log, { level, fields: entry, text: summaryOf(entry) })
    this.#fold(entry)
    if (this.#late.record(entry)) this.#log.warn(lateFields(entry), lateWarning(entry))
  }

  #fold(entry: JournalEntry): void {
    for (const walk of this.#walks.record(entry)) this.#tell(walk)
    this.#sweepLater()
  }

  /** Only while somebody is on the way: an idle server need not wake. */
  #sweepLater(): void {
    if (this.#isSweeping || this.#walks.openCount === 0) return
    this.#isSweeping = true
    const sweep = (): void => {
      this.#isSweeping = false
      for (const walk of this.#walks.sweep(Date.now())) this.#tell(walk)
      this.#sweepLater()
    }
    setTimeout(sweep, SWEEP_MS).unref()
  }

  #tell(walk: Walk): void {
    this.#log.info({ boot: walk }, describeWalk(walk))
  }

  /** Routes that keep their clients waiting nearly as long as they can, or longer. */
  get lateRoutes(): readonly LateRoute[] {
    return this.#late.routes
  }

  /** The latest entries, oldest first. */
  entries(): readonly JournalEntry[] {
    return [...this.#entries.slice(this.#nextIndex), ...this.#entries.slice(0, this.#nextIndex)]
  }
}

function lateFields({ route, profile, clientLimitMs, generationMs }: JournalEntry): object {
  return { route, profile, clientLimitMs, generationMs }
}

/** Said once of each route. */
function lateWarning({ path, route, profile, clientLimitMs }: JournalEntry): string {
  const limit = clientLimitMs === undefined ? '' : `, which waits ${clientLimitMs} ms`
  const client = profile === undefined ? 'its client' : `a client like ${profile}`
  return `route ${route ?? path} is too slow for ${client}${limit}, or nearly so; see docs/holds.md`
}

/** The line a person reads: `RRQ /cgi/test from 10.0.0.7 delivered, 22 bytes in 14 ms`. */
export function summaryOf(entry: JournalEntry): string {
  const size = entry.bytes > 0 ? `, ${entry.bytes} bytes` : ''
  const why = entry.detail === undefined ? '' : `: ${entry.detail}`
  return `${entry.method} ${entry.path} from ${entry.client.address} ${entry.outcome}${size} in ${entry.durationMs} ms${why}`
}
