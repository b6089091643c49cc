import type { JournalEntry } from '../observe/journal.ts'

/** An entry, and its place in the order. */
export interface FedEntry {
  /** From 1, without gaps, since the server started. */
  readonly number: number
  readonly entry: JournalEntry
}

export interface JournalFeedOptions {
  /** Tells this run of the server from others. */
  readonly run: string
  /** Entries that who comes back can still have, 0–100,000. Default 1000. */
  readonly keptMax?: number
  /** Entries that wait for one subscriber, 1–100,000. Default 1000. */
  readonly waitingMax?: number
  /** Subscribers at the same time, 0–10,000. Default 64. */
  readonly subscribersMax?: number
}

/**
 * Hands journal entries to those who watch.
 *
 * Who reads slowly loses the oldest and is told how many; who records never waits.
 */
export class JournalFeed {
  readonly run: string
  readonly #keptMax: number
  readonly #waitingMax: number
  readonly #subscribersMax: number
  readonly #kept: FedEntry[] = []
  readonly #subscriptions = new Set<JournalSubscription>()
  #count = 0

  constructor({ run, keptMax = 1000, waitingMax = 1000, subscribersMax = 64 }: JournalFeedOptions) {
    this.run = run
    this.#keptMax = keptMax
    this.#waitingMax = waitingMax
    this.#subscribersMax = subscribersMax
  }

  /** Takes an entry. Never throws. */
  take(entry: JournalEntry): void {
    this.#count += 1
    const fed = { number: this.#count, entry }
    if (this.#keptMax > 0) this.#kept[this.#count % this.#keptMax] = fed
    for (const subscription of this.#subscriptions) subscription.take(fed)
  }

  /** The latest entries, the newest first. */
  latest(limit: number): readonly FedEntry[] {
    return this.#inOrder().slice(-limit).reverse()
  }

  /**
   * Watches from now on, or from behind an entry that was had already.
   *
   * @param after - Number of that entry, of this run.
   * @returns Undefined when too many watch.
   */
  subscribe(after?: number): JournalSubscription | undefined {
    if (this.#subscriptions.size >= this.#subscribersMax) return undefined
    const subscription = new JournalSubscription(this.#waitingMax, (ended) =>
      this.#subscriptions.delete(ended),
    )
    this.#subscriptions.add(subscription)
    if (after !== undefined) this.#catchUp(subscription, after)
    return subscription
  }

  /** Ends every subscription: the server stops. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.close()
  }

  #catchUp(subscription: JournalSubscription, after: number): void {
    const missed = this.#inOrder().filter(({ number }) => number > after)
    const first = missed[0]?.number ?? this.#count + 1
    subscription.lose(Math.max(0, first - after - 1))
    for (const fed of missed) subscription.take(fed)
  }

  #inOrder(): FedEntry[] {
    return this.#kept.filter(Boolean).sort((one, other) => one.number - other.number)
  }
}

/** What waits for one who watches. */
export class JournalSubscription {
  readonly #waitingMax: number
  readonly #onClose: (subscription: JournalSubscription) => void
  #waiting: FedEntry[] = []
  #lostCount = 0
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(waitingMax: number, onClose: (subscription: JournalSubscription) => void) {
    this.#waitingMax = waitingMax
    this.#onClose = onClose
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  take(fed: FedEntry): void {
    this.#waiting.push(fed)
    if (this.#waiting.length > this.#waitingMax) {
      this.#waiting.shift()
      this.#lostCount += 1
    }
    this.#wake?.()
  }

  /** Says that entries are gone before they could be had. */
  lose(count: number): void {
    this.#lostCount += count
  }

  /** What came since, and how many before it were lost. Empties the queue. */
  drain(): { readonly entries: readonly FedEntry[]; readonly lostCount: number } {
    const drained = { entries: this.#waiting, lostCount: this.#lostCount }
    this.#waiting = []
    this.#lostCount = 0
    return drained
  }

  /** Resolves when there is something to drain, when it is closed, or after a time in ms. */
  async wait(longestMs: number): Promise<void> {
    if (this.#isClosed || this.#waiting.length > 0 || this.#lostCount > 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, longestMs)
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }

  close(): void {
    this.#isClosed = true
    this.#onClose(this)
    this.#wake?.()
  }
}
