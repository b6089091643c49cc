/** A kind of failure is reported at most this often; the others are counted. */
const REPORT_INTERVAL_MS = 60_000
/** Kinds are system codes, of which there are few; this is only a fence. */
const KINDS_MAX = 64

/**
 * Reports what goes wrong with single datagrams: counted always, written at most once a minute for
 * each kind, because a cut cable makes a thousand of them per second.
 */
export class FailureLog {
  readonly #kinds = new Map<string, { unreported: number; reportedAt: number }>()
  readonly #write: (message: string) => void
  readonly #now: () => number

  constructor(write: (message: string) => void, now: () => number = () => performance.now()) {
    this.#write = write
    this.#now = now
  }

  /**
   * @param kind - What failures are told apart by, such as `send EPERM`.
   * @param describe - Makes the message; called only when it is written.
   */
  note(kind: string, describe: () => string): void {
    const now = this.#now()
    let entry = this.#kinds.get(kind)
    if (entry === undefined) {
      if (this.#kinds.size >= KINDS_MAX) return
      entry = { unreported: 0, reportedAt: Number.NEGATIVE_INFINITY }
      this.#kinds.set(kind, entry)
    }
    if (now - entry.reportedAt < REPORT_INTERVAL_MS) {
      entry.unreported += 1
      return
    }
    const more = entry.unreported > 0 ? ` (and ${entry.unreported} more like it before)` : ''
    entry.unreported = 0
    entry.reportedAt = now
    this.#write(describe() + more)
  }
}
