import { LRUCache } from 'lru-cache'
import type { Evidence } from '../inventory/identify.ts'
import type { Log } from '../observe/log.ts'
import type { Ask } from '../routing/answer.ts'
import type { InboxSighting, InboxTable } from '../store/store.ts'

/** One device is written at most so often, in ms: a phone that boots asks for ten names. */
const AGAIN_MS = 60_000
/** Devices remembered to keep that. */
const REMEMBERED_MAX = 10_000
/** Sightings that are being written at once; more are left for the next request. */
const WRITING_MAX = 32

/** What tells a device well enough to enter the inbox: an address or a word of a path do not. */
const telling = ['mac', 'serial', 'uuid'] as const

/** Enters devices that ask and are not known into the inbox, off the way of the request. */
export class InboxWriter {
  readonly #table: InboxTable
  readonly #log: Log
  readonly #seen = new LRUCache<string, true>({ max: REMEMBERED_MAX, ttl: AGAIN_MS })
  #writingCount = 0

  constructor(table: InboxTable, log: Log) {
    this.#table = table
    this.#log = log
  }

  /** Takes note of a request whose name tells a device that nobody knows. */
  note({ clientAddress, path }: Ask, evidence: Evidence): void {
    const kind = telling.find((one) => evidence[one] !== undefined)
    if (kind === undefined || this.#writingCount >= WRITING_MAX) return
    const key = `${kind} ${evidence[kind]}`
    if (this.#seen.has(key)) return
    this.#seen.set(key, true)
    const seen = { key, at: Date.now(), address: clientAddress, path: path.text }
    void this.#write(seen, evidence.mac)
  }

  async #write(seen: Omit<InboxSighting, 'guess'>, mac: string | undefined): Promise<void> {
    this.#writingCount += 1
    try {
      await this.#table.seen({ ...seen, guess: await guessOf(seen.path, mac) })
    } catch (error) {
      this.#log.warn({ err: error, device: seen.key }, 'cannot write the inbox')
    } finally {
      this.#writingCount -= 1
    }
  }
}

/** What its MAC and the name it asked for tell of a device. */
async function guessOf(path: string, mac: string | undefined): Promise<InboxSighting['guess']> {
  const { kindOfName } = await import('../identity/kind-of-name.ts')
  const { vendorOfMac } = await import('../identity/vendor-of-mac.ts')
  const vendor = mac === undefined ? undefined : await vendorOfMac(mac)
  const kind = kindOfName(path)
  return { ...(vendor === undefined ? {} : { vendor }), ...(kind === undefined ? {} : { kind }) }
}
