import { LRUCache } from 'lru-cache'
import { SlotMap } from '../base/slot-map.ts'
import type { Freshness } from './freshness.ts'
import type { Rendition } from './rendition.ts'

/** What a kept rendition weighs beside its bytes, roughly, in bytes. */
const ENTRY_BYTES = 700
/** One byte of memory for so many on disk. */
const DISK_SHARE = 16

/** Limits of what is kept. */
export interface StoreLimits {
  /** Renditions kept. */
  readonly keptMax: number
  /** Memory for them, in bytes; on disk they may take sixteen times as much. */
  readonly memoryBytesMax: number
}

/** A rendition that is kept, and why. All times are by the server's monotonic clock, in ms. */
export interface Kept {
  readonly rendition: Rendition
  /**
   * `pinned` until somebody has had it; `complete` while its inputs are current; `cached` as its
   * headers say; `stale` only for when there is nothing better.
   */
  readonly reason: 'pinned' | 'complete' | 'cached' | 'stale'
  readonly freshUntil: number
  readonly revalidateUntil: number
  readonly errorUntil: number
  /** From then on it is of no use to anybody. */
  readonly keepUntil: number
}

/**
 * The renditions that are kept, the least recently used of them leaving first.
 *
 * One that is pinned while somebody reads it is in a map of its own: its reader holds its bytes
 * anyway, most are let go of when that reader is done, and the bookkeeping of the other map costs a
 * tenth of a small transfer.
 */
export class RenditionStore {
  readonly #kept: LRUCache<string, Kept>
  readonly #keysOf = new Map<string, Set<string>>()
  readonly #inDelivery = new SlotMap<string, Kept>()

  constructor(limits: StoreLimits) {
    this.#kept = new LRUCache({
      max: limits.keptMax,
      maxSize: limits.memoryBytesMax,
      sizeCalculation: ({ rendition }) => weightOf(rendition),
      dispose: (kept, key, reason) => this.#disposed(kept, key, reason),
    })
  }

  get count(): number {
    return this.#kept.size + this.#inDelivery.size
  }

  /** What their weight is, in bytes of memory. */
  get weightBytes(): number {
    return this.#kept.calculatedSize
  }

  /** Looks one up, unless it is of no use any more. */
  get(key: string, now: number): Kept | undefined {
    const kept = this.#inDelivery.get(key) ?? this.#kept.get(key)
    if (kept === undefined || kept.keepUntil > now) return kept
    this.delete(key)
    return undefined
  }

  /** Keeps one, in place of the one of the same key. One that is too large is let go. */
  set(kept: Kept): void {
    const { rendition } = kept
    this.#endDelivery(rendition.key)
    if (kept.reason !== 'pinned' || rendition.readerCount === 0) return this.#keep(kept)
    this.#kept.delete(rendition.key)
    this.#inDelivery.set(rendition.key, kept)
    rendition.onUnread = () => this.#unread(kept)
  }

  /** Nobody has had all of it, and nobody reads it any more. */
  #unread(kept: Kept): void {
    const { key } = kept.rendition
    if (this.#inDelivery.get(key) !== kept) return
    this.#inDelivery.delete(key)
    this.#keep(kept)
  }

  #endDelivery(key: string): void {
    const kept = this.#inDelivery.get(key)
    if (kept === undefined) return
    this.#inDelivery.delete(key)
    kept.rendition.onUnread = undefined
    kept.rendition.bytes.release()
  }

  #keep(kept: Kept): void {
    const { rendition } = kept
    const { key, path } = rendition
    // To replace it by itself must not close its file.
    if (this.#kept.peek(key)?.rendition === rendition) rendition.bytes.hold()
    this.#kept.set(key, kept)
    if (!this.#kept.has(key)) return rendition.bytes.release()
    const keys = this.#keysOf.get(path)
    if (keys === undefined) this.#keysOf.set(path, new Set([key]))
    else keys.add(key)
  }

  delete(key: string): void {
    this.#endDelivery(key)
    if (this.#kept.size > 0) this.#kept.delete(key)
  }

  /** Lets go of all that were made for a path. */
  dropPath(path: string): void {
    for (const key of this.#keysOf.get(path) ?? []) this.#kept.delete(key)
    for (const [key, { rendition }] of this.#inDelivery.entries()) {
      if (rendition.path === path) this.#endDelivery(key)
    }
  }

  /** Lets go of what is of no use any more. */
  prune(now: number): void {
    for (const kept of [this.#kept, this.#inDelivery]) {
      for (const [key, { keepUntil }] of kept.entries()) {
        if (keepUntil <= now) this.delete(key)
      }
    }
  }

  clear(): void {
    for (const [key] of this.#inDelivery.entries()) this.#endDelivery(key)
    this.#kept.clear()
  }

  #disposed({ rendition }: Kept, key: string, reason: LRUCache.DisposeReason): void {
    rendition.bytes.release()
    const keys = this.#keysOf.get(rendition.path)
    if (keys === undefined || reason === 'set') return
    keys.delete(key)
    if (keys.size === 0) this.#keysOf.delete(rendition.path)
  }
}

/** Why and how long a rendition is kept that nobody has had yet. */
export function pinned(rendition: Rendition, keepLateMs: number, now: number): Kept {
  const keepUntil = now + keepLateMs
  const times = { freshUntil: keepUntil, revalidateUntil: 0, errorUntil: 0 }
  return { rendition, reason: 'pinned', ...times, keepUntil }
}

/** The same for one whose headers say how long. */
export function cached(rendition: Rendition, freshness: Freshness, now: number): Kept {
  const freshUntil = now + freshness.freshMs
  const revalidateUntil = now + freshness.revalidateMs
  const errorUntil = now + freshness.errorMs
  const keepUntil = Math.max(revalidateUntil, errorUntil)
  return { rendition, reason: 'cached', freshUntil, revalidateUntil, errorUntil, keepUntil }
}

/** The same for one that is good as long as what it was made from. */
export function complete(rendition: Rendition): Kept {
  const ever = Number.POSITIVE_INFINITY
  const times = { freshUntil: ever, revalidateUntil: ever, errorUntil: ever, keepUntil: ever }
  return { rendition, reason: 'complete', ...times }
}

/** The same for one that is only better than nothing. */
export function lastResort(rendition: Rendition): Kept {
  const times = { freshUntil: 0, revalidateUntil: 0, errorUntil: 0 }
  return { rendition, reason: 'stale', ...times, keepUntil: Number.POSITIVE_INFINITY }
}

function weightOf({ bytes }: Rendition): number {
  const diskBytes = bytes.isSpilled ? bytes.sizeBytes : 0
  return Math.ceil(ENTRY_BYTES + bytes.memoryBytes + diskBytes / DISK_SHARE)
}
