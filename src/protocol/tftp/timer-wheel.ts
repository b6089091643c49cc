import type { Instant } from '../../base/instant.ts'

/** Something that wants to be woken. */
export interface Sleeper {
  /** When; undefined: not at all. May move: later costs nothing, earlier wants `schedule`. */
  readonly wakeAt: Instant | undefined
  /** Where it is filed: the wheel's own. Undefined when it is not. */
  filedTick: number | undefined
  /** Its place in that slot: the wheel's own. */
  filedIndex: number
}

/** One slot, in ms: how exact a wake-up is. */
const TICK_MS = 8
/** Slots: what lies further ahead is filed in the last one and looked at again. */
const SLOTS = 1024

/**
 * One wheel for all transfers.
 *
 * An ACK that moves a transfer's deadline later does not touch the wheel: when its old slot is due,
 * the transfer's own `wakeAt` is looked at, and it is filed again.
 */
export class TimerWheel<T extends Sleeper> {
  /**
   * Their places are cleared and used again, and never given back: V8 would let a growing array's
   * former places grow old, and with them all that was in them.
   */
  readonly #slots: (T | undefined)[][] = Array.from({ length: SLOTS }, () => [])
  readonly #lengths = new Uint32Array(SLOTS)
  /** The next tick to be looked at. */
  #tick = 0
  #count = 0
  readonly #due: T[] = []
  /** No sleeper is filed before this tick. */
  #earliestTick = Number.POSITIVE_INFINITY

  /** How many are filed. */
  get count(): number {
    return this.#count
  }

  /** When `advance` should be called next; undefined when nobody sleeps. */
  get nextWakeAt(): Instant | undefined {
    return this.#count === 0 ? undefined : this.#earliestTick * TICK_MS
  }

  /** Files a sleeper, unless it is filed at or before its `wakeAt` already. */
  schedule(sleeper: T, now: Instant): void {
    const { wakeAt, filedTick } = sleeper
    if (wakeAt === undefined) return
    if (this.#count === 0) this.#tick = Math.max(this.#tick, Math.floor(now / TICK_MS))
    const wanted = Math.max(Math.ceil(wakeAt / TICK_MS), this.#tick)
    const tick = Math.min(wanted, this.#tick + SLOTS - 1)
    if (filedTick !== undefined) {
      if (filedTick <= tick) return
      this.#unfile(sleeper, filedTick)
    }
    this.#file(sleeper, tick)
  }

  /** Takes a sleeper out. */
  remove(sleeper: T): void {
    if (sleeper.filedTick !== undefined) this.#unfile(sleeper, sleeper.filedTick)
  }

  /** Wakes all that are due. `wake` may schedule and remove, the woken one and others. */
  advance(now: Instant, wake: (sleeper: T) => void): void {
    const last = Math.floor(now / TICK_MS)
    if (this.#earliestTick > last) return
    const end = Math.min(last, this.#tick + SLOTS - 1)
    for (let tick = Math.max(this.#tick, this.#earliestTick); tick <= end; tick += 1) {
      this.#takeSlot(tick)
    }
    this.#tick = Math.max(this.#tick, last + 1)
    this.#earliestTick = this.#findEarliest()
    for (const sleeper of this.#due) {
      if (sleeper.wakeAt !== undefined && sleeper.wakeAt <= now) wake(sleeper)
      this.schedule(sleeper, now)
    }
    this.#due.length = 0
  }

  /** All are taken out before one is woken: nobody can be filed again into what is looked at. */
  #takeSlot(tick: number): void {
    const slot = this.#slots[tick % SLOTS] ?? []
    const length = this.#lengths[tick % SLOTS] ?? 0
    for (let index = 0; index < length; index += 1) {
      const sleeper = slot[index]
      slot[index] = undefined
      if (sleeper === undefined) continue
      sleeper.filedTick = undefined
      this.#due.push(sleeper)
    }
    this.#count -= length
    this.#lengths[tick % SLOTS] = 0
  }

  #file(sleeper: T, tick: number): void {
    const slot = this.#slots[tick % SLOTS]
    if (slot === undefined) return
    sleeper.filedTick = tick
    const index = this.#lengths[tick % SLOTS] ?? 0
    sleeper.filedIndex = index
    slot[index] = sleeper
    this.#lengths[tick % SLOTS] = index + 1
    this.#count += 1
    if (tick < this.#earliestTick) this.#earliestTick = tick
  }

  /** The last one of the slot takes the place: no search, no shifting. */
  #unfile(sleeper: T, tick: number): void {
    const slot = this.#slots[tick % SLOTS]
    const lastIndex = (this.#lengths[tick % SLOTS] ?? 0) - 1
    const last = slot?.[lastIndex]
    if (slot === undefined || last === undefined) return
    slot[lastIndex] = undefined
    this.#lengths[tick % SLOTS] = lastIndex
    if (last !== sleeper) {
      slot[sleeper.filedIndex] = last
      last.filedIndex = sleeper.filedIndex
    }
    sleeper.filedTick = undefined
    this.#count -= 1
    if (this.#count === 0) this.#earliestTick = Number.POSITIVE_INFINITY
  }

  #findEarliest(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY
    for (let tick = this.#tick; tick < this.#tick + SLOTS; tick += 1) {
      if ((this.#lengths[tick % SLOTS] ?? 0) > 0) return tick
    }
    return this.#tick
  }
}
