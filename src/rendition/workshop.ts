import { SlotMap } from '../base/slot-map.ts'
import { Refusal } from '../base/refusal.ts'
import { Generation } from './generation.ts'
import { type GeneratorLimits, GeneratorQueue, type Turn } from './generator-queue.ts'
import { Rendition } from './rendition.ts'
import type { RenditionAsk } from './rendition-ask.ts'

export interface WorkshopOptions {
  readonly limits: GeneratorLimits & {
    /** The largest rendition, in bytes. */
    readonly bytesMax: number
  }
  /** Folder for temporary files. */
  readonly spillFolder: string
  /** The server's monotonic clock, in ms. */
  readonly now: () => number
  /** Turns what a source threw into a refusal. */
  readonly asRefusal: (error: unknown) => Refusal
  /**
   * Called when one is over, whole or failed: its bytes now belong to whom it is given to. Not for
   * one that was replaced meanwhile.
   */
  readonly onMade: (rendition: Rendition, ask: RenditionAsk) => void
}

interface Making {
  readonly number: number
  readonly ask: RenditionAsk
  readonly turn: Turn
  readonly rendition: Rendition
  readonly generation: Generation
  leaveQueue: () => void
  readonly done: PromiseWithResolvers<void>
}

/** What is being made: one rendition of a key at a time, which whoever shares it may join. */
export class Workshop {
  readonly #options: WorkshopOptions
  readonly #queue: GeneratorQueue
  readonly #making = new SlotMap<string, Making>()
  /** All that run or wait, to be joined or not. */
  readonly #running = new SlotMap<number, Making>()
  #makingCount = 0

  constructor(options: WorkshopOptions) {
    this.#options = options
    this.#queue = new GeneratorQueue(options.limits)
  }

  /** Files that are being made or wait for their turn. */
  get count(): number {
    return this.#running.size
  }

  /** The rendition of a key that is being made, unless its inputs have changed meanwhile. */
  joinable(key: string): Rendition | undefined {
    const rendition = this.#making.get(key)?.rendition
    if (rendition === undefined || rendition.state === 'failed') return undefined
    return rendition.isCurrent ? rendition : undefined
  }

  /** Resolves when nothing is being made. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all([...this.#running.entries()].map(([, { done }]) => done.promise))
    }
  }

  /** Joins, or begins. @throws {Refusal} `BUSY` when too many wait already. */
  make(ask: RenditionAsk): Rendition {
    return this.joinable(ask.key) ?? this.#begin(ask)
  }

  /** Nobody joins what was begun for this path any more. */
  dropPath(path: string): void {
    for (const [key, { rendition }] of this.#making.entries()) {
      if (rendition.path === path) this.#making.delete(key)
    }
  }

  /** Ends all. */
  stop(): void {
    for (const [, making] of this.#running.entries()) this.#end(making, 'The server is stopping')
  }

  #begin(ask: RenditionAsk): Rendition {
    const before = this.#making.get(ask.key)
    if (before !== undefined && before.rendition.readerCount === 0) {
      this.#end(before, 'What the file is made from has changed')
    }
    const making = this.#prepared(ask)
    making.leaveQueue = this.#queue.enter(making.turn, () => {
      void making.generation.run().then(() => this.#ended(making))
    })
    this.#making.set(ask.key, making)
    this.#running.set(making.number, making)
    return making.rendition
  }

  #prepared(ask: RenditionAsk): Making {
    const { now, spillFolder, asRefusal, limits } = this.#options
    const { key, path, deadlineMs, route, patience, clientAddress } = ask
    const rendition = new Rendition({ key, path, askedAt: now(), spillFolder })
    const generation = new Generation(rendition, {
      make: (signalOf) => ask.make(rendition, signalOf),
      deadlineMs,
      bytesMax: limits.bytesMax,
      now,
      asRefusal,
    })
    const turn = { client: clientAddress, route, routeMax: patience.generatorsMax }
    const done = Promise.withResolvers<void>()
    this.#makingCount += 1
    const number = this.#makingCount
    return { number, ask, turn, rendition, generation, leaveQueue: () => {}, done }
  }

  #ended(making: Making): void {
    this.#queue.end(making.turn)
    this.#running.delete(making.number)
    const { key, bytes } = making.rendition
    if (this.#making.get(key) === making) {
      this.#making.delete(key)
      this.#options.onMade(making.rendition, making.ask)
    } else {
      bytes.release()
    }
    making.done.resolve()
  }

  #end(making: Making, why: string): void {
    making.leaveQueue()
    making.generation.stop(new Refusal('BUSY', why))
    this.#making.delete(making.rendition.key)
    if (making.rendition.startedAt !== undefined) return
    this.#running.delete(making.number)
    making.rendition.bytes.release()
    making.done.resolve()
  }
}
