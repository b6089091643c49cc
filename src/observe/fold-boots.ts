import type { JournalEntry, RequestOutcome } from './journal.ts'
import { OpenVisits, QUIET_MS, type Visit } from './open-visits.ts'
import { describeClient, describeWalk, isHad } from './walk-fold.ts'

/** What of a journal entry tells a boot. */
export type BootEntry = Pick<
  JournalEntry,
  | 'at'
  | 'front'
  | 'method'
  | 'client'
  | 'device'
  | 'path'
  | 'bytes'
  | 'durationMs'
  | 'outcome'
  | 'isExpected'
  | 'repeats'
  | 'detail'
>

/** One request of a boot, or the same several times in a row. */
export interface BootStep {
  /** When it came, in ms since the boot began. */
  readonly afterMs: number
  readonly front: JournalEntry['front']
  readonly method: string
  readonly path: string
  readonly outcome: RequestOutcome
  readonly isExpected?: true
  /** How often it was asked; absent: once. */
  readonly times?: number
  /** File bytes of all of them. */
  readonly bytes: number
  /** Of the last of them, in ms. */
  readonly durationMs: number
  /** Why not, in a sentence, of the last of them. */
  readonly detail?: string
}

/** What a client asked for, from its first request until it was silent. */
export interface Boot {
  /** When the first request came, ISO 8601. */
  readonly at: string
  /** The address that asked first. */
  readonly client: string
  /** Id of the device, where it is known. */
  readonly device?: string
  /** From the first request to the end of the last, in ms. */
  readonly durationMs: number
  /** False while it may go on: the client has not been silent long enough. */
  readonly isOver: boolean
  /** True when it may have begun earlier, with requests that are forgotten. */
  readonly isCut?: true
  readonly requestCount: number
  /** Names that were not there, each once until the next file. */
  readonly missedCount: number
  /** Of those, the ones that devices ask for on purpose. */
  readonly expectedCount: number
  /** Reads that the client has, probes too. */
  readonly gotCount: number
  /** Requests that failed, were refused, given up or timed out. */
  readonly troubleCount: number
  /** Repeats that were swallowed while answers were made. */
  readonly repeats: number
  readonly bytes: number
  /** Its longest search that found something, else its last: names in vain, and what it got. */
  readonly search?: { readonly missedCount: number; readonly got?: string }
  readonly endedWith: RequestOutcome
  /** In order, at most 64. */
  readonly steps: readonly BootStep[]
  /** Requests that came after those. */
  readonly requestsLeft: number
}

export interface FoldBootsOptions {
  /** In ms since 1970: who was silent until then for long is done. */
  readonly nowMs: number
  /** Entries from before are forgotten, in ms since 1970. Default none are. */
  readonly sinceMs?: number
  /** How long a client may be silent within a boot, in ms. Default 30,000. */
  readonly quietMs?: number
}

/** Steps of one boot that are kept. */
const STEPS_MAX = 64

const trouble: ReadonlySet<RequestOutcome> = new Set(['refused', 'failed', 'aborted', 'timed-out'])

/**
 * Folds requests into boots: those of one client that follow each other within a quiet time.
 *
 * The order of the entries does not matter: an entry is written when its request is over, so that
 * a firmware that takes minutes comes after what was asked meanwhile.
 *
 * @returns Those that began last first; every entry is in exactly one.
 */
export function foldBoots(
  entries: readonly BootEntry[],
  options: FoldBootsOptions,
): readonly Boot[] {
  const { quietMs = QUIET_MS } = options
  const open = new OpenVisits<BootDraft>({ quietMs, max: entries.length })
  const drafts: BootDraft[] = []
  for (const { entry, startMs } of inOrder(entries)) {
    let draft = open.find(entry, startMs)
    if (draft === undefined) {
      draft = new BootDraft(entry, startMs)
      drafts.push(draft)
    }
    draft.take(entry, startMs)
    open.touch(draft, entry.device)
  }
  const folded = drafts.map((draft) => draft.folded({ ...options, quietMs }))
  return folded.reverse()
}

/** `10.0.0.7 (phone-1): asked 9 names, got the 10th: /pxelinux.cfg/default, 3 files in all`. */
export function describeBoot(boot: Boot): string {
  const { client, device, search, gotCount, troubleCount, requestCount } = boot
  const whose = { client, ...(device === undefined ? {} : { device }) }
  const failed = troubleCount > 0 ? `; ${troubleCount} of ${requestCount} requests failed` : ''
  const files = gotCount === 1 ? '1 file' : `${gotCount} files`
  if (search === undefined) return `${describeClient(whose)}: got ${files}${failed}`
  const inAll = gotCount > 1 ? `, ${files} in all` : ''
  return `${describeWalk({ ...whose, ...search })}${inAll}${failed}`
}

interface TimedEntry {
  readonly entry: BootEntry
  readonly startMs: number
}

function inOrder(entries: readonly BootEntry[]): readonly TimedEntry[] {
  const timed = entries.map((entry) => ({ entry, startMs: Date.parse(entry.at) }))
  return timed.sort(
    (one, other) =>
      one.startMs - other.startMs ||
      one.entry.durationMs - other.entry.durationMs ||
      compareText(keyOf(one.entry), keyOf(other.entry)),
  )
}

/** What came in the same millisecond has an order, too. */
function keyOf({ client, device = '', path, outcome }: BootEntry): string {
  return `${client.address} ${String(client.port).padStart(5, '0')} ${device} ${path} ${outcome}`
}

function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

type MutableStep = { -readonly [Key in keyof BootStep]: BootStep[Key] }

/** A boot that goes on. */
class BootDraft implements Visit {
  readonly client: string
  device: string | undefined
  lastMs: number
  readonly #at: string
  readonly #startMs: number
  readonly #steps: MutableStep[] = []
  readonly #counts = { request: 0, missed: 0, expected: 0, got: 0, trouble: 0, left: 0 }
  #bytes = 0
  #repeats = 0
  #endedWith: RequestOutcome
  /** Names in vain since the last file. */
  readonly #inVain = new Set<string>()
  #search: Boot['search']

  constructor({ at, client, outcome }: BootEntry, startMs: number) {
    this.client = client.address
    this.lastMs = startMs
    this.#at = at
    this.#startMs = startMs
    this.#endedWith = outcome
  }

  take(entry: BootEntry, startMs: number): void {
    this.lastMs = Math.max(this.lastMs, startMs + entry.durationMs)
    this.#endedWith = entry.outcome
    this.#bytes += entry.bytes
    this.#repeats += entry.repeats ?? 0
    this.#counts.request += 1
    if (trouble.has(entry.outcome)) this.#counts.trouble += 1
    if (isHad(entry)) this.#got(entry.path)
    if (entry.outcome === 'missing') this.#missed(entry)
    this.#step(entry, startMs - this.#startMs)
  }

  folded({ nowMs, quietMs, sinceMs }: FoldBootsOptions & { readonly quietMs: number }): Boot {
    const { request, missed, expected, got, trouble: troubleCount, left } = this.#counts
    const search = this.#search ?? this.#inVainAtLast()
    const isCut = sinceMs !== undefined && this.#startMs - sinceMs < quietMs
    return {
      at: this.#at,
      client: this.client,
      ...(this.device === undefined ? {} : { device: this.device }),
      durationMs: Math.round(this.lastMs - this.#startMs),
      isOver: nowMs - this.lastMs >= quietMs,
      ...(isCut && { isCut }),
      requestCount: request,
      missedCount: missed,
      expectedCount: expected,
      gotCount: got,
      troubleCount,
      repeats: this.#repeats,
      bytes: this.#bytes,
      ...(search && { search }),
      endedWith: this.#endedWith,
      steps: this.#steps,
      requestsLeft: left,
    }
  }

  #got(path: string): void {
    this.#counts.got += 1
    const missedCount = this.#inVain.size
    if (missedCount > (this.#search?.missedCount ?? 0)) this.#search = { missedCount, got: path }
    this.#inVain.clear()
  }

  #inVainAtLast(): Boot['search'] {
    return this.#inVain.size === 0 ? undefined : { missedCount: this.#inVain.size }
  }

  #missed({ path, isExpected }: BootEntry): void {
    if (this.#inVain.has(path)) return
    this.#inVain.add(path)
    this.#counts.missed += 1
    if (isExpected) this.#counts.expected += 1
  }

  #step(entry: BootEntry, afterMs: number): void {
    const last = this.#steps.at(-1)
    if (last !== undefined && isSame(last, entry) && this.#counts.left === 0) {
      last.times = (last.times ?? 1) + 1
      last.bytes += entry.bytes
      last.durationMs = entry.durationMs
      if (entry.detail !== undefined) last.detail = entry.detail
    } else if (this.#steps.length < STEPS_MAX) {
      this.#steps.push(stepOf(entry, afterMs))
    } else {
      this.#counts.left += 1
    }
  }
}

function isSame(step: BootStep, { front, method, path, outcome }: BootEntry): boolean {
  return (
    step.front === front && step.method === method && step.path === path && step.outcome === outcome
  )
}

function stepOf(entry: BootEntry, afterMs: number): MutableStep {
  const { front, method, path, outcome, isExpected, bytes, durationMs, detail } = entry
  return {
    afterMs,
    front,
    method,
    path,
    outcome,
    ...(isExpected && { isExpected }),
    bytes,
    durationMs,
    ...(detail === undefined ? {} : { detail }),
  }
}
