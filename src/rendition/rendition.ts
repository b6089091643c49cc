import { createHash } from 'node:crypto'
import type { Refusal } from '../base/refusal.ts'
import type { Inputs } from '../routing/source.ts'
import { type Cursor, RenditionBytes } from './rendition-bytes.ts'

/** Status and headers, without the bytes. */
export type Head = Response

/** How far the making of a rendition is. */
export type RenditionState = 'making' | 'whole' | 'failed'

/**
 * The bytes that a source made for one request or for several, while they are made and afterwards.
 *
 * Whoever asks reads from the beginning at a pace of its own; the source is never waited with.
 */
export class Rendition {
  readonly key: string
  /** The path that was asked, without its query. */
  readonly path: string
  readonly bytes: RenditionBytes
  /** When its making was asked for, by the server's monotonic clock, in ms. */
  readonly askedAt: number
  /** When its making began; undefined while it waits for its turn. */
  startedAt: number | undefined
  /** When all of it was there. */
  wholeAt: number | undefined
  /** What it was made from, as far as its source says. */
  inputs: Inputs | undefined
  /** What the source noted so far; undefined when nothing. */
  notes: string | undefined
  /** True once somebody has had all of it. */
  isDelivered = false
  /** True when nobody waited any more when it was whole. */
  wasAbandoned = false
  /** Told when its last reader has left. */
  onUnread: (() => void) | undefined
  #waiting: (() => void)[] = []
  #answer: PromiseWithResolvers<Head> | undefined
  #head: Head | undefined
  #state: RenditionState = 'making'
  #refusal: Refusal | undefined
  #readerCount = 0
  #openedCount = 0
  #etag: string | undefined

  constructor(known: { key: string; path: string; askedAt: number; spillFolder: string }) {
    this.key = known.key
    this.path = known.path
    this.askedAt = known.askedAt
    this.bytes = new RenditionBytes(known.spillFolder)
  }

  get state(): RenditionState {
    return this.#state
  }

  /** Undefined until the source has answered. */
  get head(): Head | undefined {
    return this.#head
  }

  get refusal(): Refusal | undefined {
    return this.#refusal
  }

  /** Those that read it or wait for it. */
  get readerCount(): number {
    return this.#readerCount
  }

  /** True while nothing it was made from has changed, as far as its source says. */
  get isCurrent(): boolean {
    return this.inputs === undefined || this.inputs.isCurrent()
  }

  /** True when it was for more than one request. */
  get hasBeenShared(): boolean {
    return this.#openedCount > 1
  }

  /** From the start of its making until it was whole, in ms; undefined before. */
  get generationMs(): number | undefined {
    if (this.wholeAt === undefined || this.startedAt === undefined) return undefined
    return this.wholeAt - this.startedAt
  }

  /** The source has answered: bytes may follow. */
  answered(head: Head): void {
    this.#head = head
    this.#answer?.resolve(head)
    this.#changed()
  }

  /** Status and headers, once they are there. @throws {Refusal} When it cannot be made. */
  answer(): Promise<Head> {
    if (this.#head !== undefined) return Promise.resolve(this.#head)
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    if (this.#answer === undefined) {
      this.#answer = Promise.withResolvers()
      // Who waits hears of it; when all have gone nobody need.
      this.#answer.promise.catch(() => {})
    }
    return this.#answer.promise
  }

  /** Adds bytes. @throws {Error} When there is no room for them. */
  append(chunk: Uint8Array): Promise<void> | undefined {
    const writing = this.bytes.append(chunk)
    if (writing === undefined) this.#changed()
    return writing?.then(() => this.#changed())
  }

  /** Nothing more comes. */
  ended(now: number): void {
    this.#state = 'whole'
    this.wholeAt = now
    this.#changed()
  }

  /** It cannot be made, or not to its end. */
  failed(refusal: Refusal): void {
    if (this.#state !== 'making') return
    this.#state = 'failed'
    this.#refusal = refusal
    this.#answer?.reject(refusal)
    this.#changed()
  }

  /** Another one reads it. */
  opened(): void {
    this.#readerCount += 1
    this.#openedCount += 1
    this.bytes.hold()
  }

  /** One reader fewer. */
  closed(): void {
    this.#readerCount -= 1
    if (this.#readerCount === 0) this.onUnread?.()
    this.bytes.release()
  }

  /** The next bytes for a reader; undefined when there are none yet, or no more. */
  next(cursor: Cursor): Uint8Array | Promise<Uint8Array> | undefined {
    return this.bytes.next(cursor)
  }

  /** Resolves with the next change: answered, more bytes, the end. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** A strong validator, made when first wanted (RFC 9110 §8.8.3). Only for one that is whole. */
  async etag(): Promise<string> {
    if (this.#etag !== undefined) return this.#etag
    const hash = createHash('sha256')
    const cursor = { offset: 0, index: 0 }
    for (let chunk = this.next(cursor); chunk !== undefined; chunk = this.next(cursor)) {
      hash.update(await chunk)
    }
    this.#etag = `"${hash.digest('base64url').slice(0, 22)}"`
    return this.#etag
  }

  #changed(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
