import { Refusal } from '../base/refusal.ts'
import { isDeclined } from '../routing/source.ts'
import { freshnessOf } from './freshness.ts'
import type { Rendition } from './rendition.ts'
import type { RenditionAsk } from './rendition-ask.ts'
import {
  cached,
  complete,
  type Kept,
  lastResort,
  pinned,
  RenditionStore,
  type StoreLimits,
} from './rendition-store.ts'
import { Serving } from './serving.ts'
import { Workshop, type WorkshopOptions } from './workshop.ts'

/** A rendition nobody has had is good for so long even when its inputs changed, in ms. */
const PROBE_MS = 15_000

export interface RenditionsOptions extends Omit<WorkshopOptions, 'onMade'> {
  readonly limits: WorkshopOptions['limits'] & StoreLimits
  /** Milliseconds since 1970, for what headers say in dates. */
  readonly wallNow: () => number
}

/**
 * Makes each file once for all who may share it, and keeps it as long as it is wanted.
 *
 * Requests of one key join while it is made. Then it is pinned until somebody has had all of it: a
 * size probe and the read that follows see the same bytes, and who gave up finds it ready. After
 * that only its inputs or its `Cache-Control` keep it.
 */
export class Renditions {
  readonly #options: RenditionsOptions
  readonly #workshop: Workshop
  readonly #store: RenditionStore

  constructor(options: RenditionsOptions) {
    this.#options = options
    this.#store = new RenditionStore(options.limits)
    this.#workshop = new Workshop({
      ...options,
      onMade: (rendition, ask) => this.#made(rendition, ask),
    })
  }

  /** Files that are being made or wait for it. */
  get makingCount(): number {
    return this.#workshop.count
  }

  /** Files that are kept. */
  get keptCount(): number {
    return this.#store.count
  }

  /** Resolves when nothing is being made. */
  idle(): Promise<void> {
    return this.#workshop.idle()
  }

  /** Gives a request its file: a kept one, one that is being made, or one made for it. */
  serve(ask: RenditionAsk): Serving {
    const kept = this.#usable(ask)
    const now = this.#options.now()
    if (kept !== undefined && kept.freshUntil > now) return this.#serving(ask, kept)
    if (kept !== undefined && kept.revalidateUntil > now) {
      this.#revalidate(ask)
      return this.#serving(ask, kept, { isStale: true })
    }
    const standIn = kept !== undefined && kept.errorUntil > now ? kept.rendition : undefined
    const isJoined = this.#workshop.joinable(ask.key) !== undefined
    return new Serving({
      ...this.#doors(ask),
      take: () => this.#workshop.make(ask),
      as: { isJoined, isLate: false, isStale: false },
      standIn,
    })
  }

  /** True when one is kept only because nobody has had all of it yet, as far as is known. */
  isPinned(key: string): boolean {
    return this.#store.get(key, this.#options.now())?.reason === 'pinned'
  }

  /** What was made for a path is of no use any more: it was written. */
  dropPath(path: string): void {
    this.#store.dropPath(path)
    this.#workshop.dropPath(path)
  }

  /** Lets go of what nobody can use any more. To be called now and then. */
  prune(): void {
    this.#store.prune(this.#options.now())
  }

  /** Ends all that is being made, and keeps nothing. */
  stop(): void {
    this.#workshop.stop()
    this.#store.clear()
  }

  #serving(ask: RenditionAsk, kept: Kept, { isStale } = { isStale: false }): Serving {
    const { rendition, reason } = kept
    const isLate = reason === 'pinned' && rendition.wasAbandoned
    const as = { isJoined: true, isLate, isStale }
    return new Serving({ ...this.#doors(ask), take: () => rendition, as, standIn: undefined })
  }

  #doors(ask: RenditionAsk): {
    readonly earlier: () => Rendition | undefined
    readonly onDelivered: (rendition: Rendition) => void
  } {
    return {
      earlier: () => this.#store.get(ask.key, this.#options.now())?.rendition,
      onDelivered: (rendition) => this.#delivered(rendition, ask),
    }
  }

  /** What is kept; when its inputs have changed only as what may stand in for a new one. */
  #usable({ key }: RenditionAsk): Kept | undefined {
    const now = this.#options.now()
    const kept = this.#store.get(key, now)
    if (kept === undefined || kept.rendition.isCurrent) return kept
    const { reason, rendition, errorUntil } = kept
    if (reason === 'pinned' && now - (rendition.wholeAt ?? 0) < PROBE_MS) return kept
    const standInUntil = reason === 'cached' ? errorUntil : 0
    return { ...kept, freshUntil: 0, revalidateUntil: 0, errorUntil: standInUntil }
  }

  /** Makes a new one while the old one is used; if it fails, the next request tries again. */
  #revalidate(ask: RenditionAsk): void {
    if (this.#workshop.joinable(ask.key) !== undefined) return
    try {
      // Nobody waits for this one, so nobody need have had it.
      this.#workshop.make(ask).isDelivered = true
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }

  /** Keeps what was just made, if it is a file. */
  #made(rendition: Rendition, ask: RenditionAsk): void {
    const { head, state } = rendition
    rendition.wasAbandoned = rendition.readerCount === 0
    if (state !== 'whole' || head === undefined || !isFile(head)) rendition.bytes.release()
    else if (rendition.isDelivered) this.#keepDelivered(rendition, ask)
    else this.#store.set(pinned(rendition, ask.patience.keepLateMs, this.#options.now()))
  }

  #delivered(rendition: Rendition, ask: RenditionAsk): void {
    if (rendition.isDelivered) return
    rendition.isDelivered = true
    const kept = this.#store.get(rendition.key, this.#options.now())
    if (kept?.rendition !== rendition) return
    rendition.bytes.hold()
    this.#store.delete(rendition.key)
    this.#keepDelivered(rendition, ask)
  }

  /** Somebody has had it: from now on its inputs or its headers keep it. */
  #keepDelivered(rendition: Rendition, ask: RenditionAsk): void {
    const kept = this.#reasonToKeep(rendition, ask)
    if (kept === undefined) rendition.bytes.release()
    else this.#store.set(kept)
  }

  #reasonToKeep(rendition: Rendition, ask: RenditionAsk): Kept | undefined {
    const { head, inputs } = rendition
    if (head === undefined || !rendition.isCurrent) return undefined
    if (inputs?.isComplete) return complete(rendition)
    const { patience, requestHeaders } = ask
    const freshness = freshnessOf({
      status: head.status,
      headers: head.headers,
      requestHeaders,
      isForAll: patience.share === 'all',
      now: this.#options.wallNow(),
    })
    const kept = freshness && cached(rendition, freshness, this.#options.now())
    if (patience.whenLate !== 'stale') return kept
    return { ...(kept ?? lastResort(rendition)), keepUntil: Number.POSITIVE_INFINITY }
  }
}

/** A refusal, a redirect, a "not mine" are for those who asked, and for nobody else. */
function isFile(head: Response): boolean {
  return head.status >= 200 && head.status < 300 && !isDeclined(head)
}
