import type { Log } from '../observe/log.ts'
import type { Rendition } from '../rendition/rendition.ts'
import type { FrontName } from '../routing/source.ts'
import type { Delivery, DeliveryTable } from '../store/store.ts'

/** How long what happened waits to be written with more, in ms. */
const WRITE_MS = 1000
/** Devices and paths that wait to be written; of more the newest are left out. */
const WAITING_MAX = 50_000
/** Entries of the table that are kept. */
const KEPT_MAX = 1_000_000
/** How long an entry is kept after it was last asked for, in ms: a year. */
const KEPT_MS = 365 * 86_400_000
/** How often the table is cleared of older ones, in ms. */
const PRUNE_MS = 3_600_000

/** How a file came to a device. */
export interface DeliveryNote {
  readonly front: FrontName
  readonly address: string
  readonly rendition: Rendition
}

type Waiting = { -readonly [Name in keyof Delivery]: Delivery[Name] }

/**
 * Remembers what each known device asked for and what it last had completely, off the way of the
 * request: many notes become one write.
 */
export class DeliveryRecorder implements AsyncDisposable {
  readonly #table: DeliveryTable
  readonly #log: Log
  readonly #waiting = new Map<string, Waiting>()
  readonly #pruning: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined
  #hashing = 0
  #written: Promise<void> = Promise.resolve()

  constructor(table: DeliveryTable, log: Log) {
    this.#table = table
    this.#log = log
    this.#pruning = setInterval(() => this.#prune(), PRUNE_MS).unref()
  }

  /** A known device has asked for a path. */
  asked(device: string, path: string): void {
    this.#noteOf(device, path)
  }

  /** It has had all of it. */
  delivered(device: string, path: string, { front, address, rendition }: DeliveryNote): void {
    const waiting = this.#noteOf(device, path)
    if (waiting === undefined) return
    const at = Date.now()
    const bytes = rendition.bytes.sizeBytes
    this.#hashing += 1
    rendition
      .etag()
      .then((etag) => {
        const hash = etag.slice(1, -1)
        waiting.delivered = { at, front, address, bytes, hash }
        this.#waiting.set(keyOf(device, path), waiting)
      })
      .catch((error: unknown) => this.#log.warn({ err: error, device, path }, 'no hash'))
      .finally(() => {
        this.#hashing -= 1
      })
  }

  /** Writes what waits, and no more afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pruning)
    clearTimeout(this.#timer)
    while (this.#hashing > 0) await new Promise((resolve) => setImmediate(resolve))
    this.#write()
    await this.#written
  }

  /** Undefined when too many wait. */
  #noteOf(device: string, path: string): Waiting | undefined {
    const key = keyOf(device, path)
    const before = this.#waiting.get(key)
    if (before === undefined && this.#waiting.size >= WAITING_MAX) return undefined
    const waiting = before ?? { device, path, askedAt: 0 }
    waiting.askedAt = Date.now()
    this.#waiting.set(key, waiting)
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref()
    return waiting
  }

  #write(): void {
    this.#timer = undefined
    const batch = [...this.#waiting.values()]
    this.#waiting.clear()
    if (batch.length === 0) return
    this.#written = this.#written
      .then(() => this.#table.record(batch))
      .catch((error: unknown) => {
        this.#log.warn({ err: error, count: batch.length }, 'cannot write what was delivered')
      })
  }

  #prune(): void {
    const limits = { olderThan: Date.now() - KEPT_MS, keepMax: KEPT_MAX }
    this.#table.prune(limits).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'cannot clear old deliveries')
    })
  }
}

function keyOf(device: string, path: string): string {
  return `${device}\n${path}`
}
