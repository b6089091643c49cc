import { Refusal } from '../base/refusal.ts'

/** How much may be made at once. */
export interface GeneratorLimits {
  /** Generators running at once, over all routes, from 1. */
  readonly runningMax: number
  /** Generators waiting for their turn, over all routes. */
  readonly waitingMax: number
}

/** Who wants to run a generator, and where. */
export interface Turn {
  readonly client: string
  readonly route: string
  /** Generators of this route at once; undefined: no limit of its own. */
  readonly routeMax: number | undefined
}

interface Waiting {
  readonly turn: Turn
  readonly start: () => void
}

/**
 * Lets a limited number of generators run, and the others wait in a limited queue.
 *
 * Clients take turns: one that asks for a thousand files does not keep others waiting for more than
 * the one that is being made. A route at its own limit lets those of other routes pass.
 */
export class GeneratorQueue {
  readonly #limits: GeneratorLimits
  readonly #runningOf = new Map<string, number>()
  /** What each client waits for; the map's order is whose turn it is. */
  readonly #clients = new Map<string, Waiting[]>()
  #runningCount = 0
  #waitingCount = 0

  constructor(limits: GeneratorLimits) {
    this.#limits = limits
  }

  get runningCount(): number {
    return this.#runningCount
  }

  get waitingCount(): number {
    return this.#waitingCount
  }

  /**
   * Calls `start` once it may run: at once, if it may. Who has started calls `end`.
   *
   * @returns How to give up waiting; without effect once started.
   * @throws {Refusal} `BUSY` when the queue is full.
   */
  enter(turn: Turn, start: () => void): () => void {
    if (this.#mayRun(turn)) {
      this.#start(turn, start)
      return () => {}
    }
    if (this.#waitingCount >= this.#limits.waitingMax) throw this.#full()
    const waiting = { turn, start }
    const own = this.#clients.get(turn.client)
    if (own === undefined) this.#clients.set(turn.client, [waiting])
    else own.push(waiting)
    this.#waitingCount += 1
    return () => this.#leave(waiting)
  }

  /** A generator has ended: the next ones may start. */
  end({ route }: Turn): void {
    this.#runningCount -= 1
    const running = (this.#runningOf.get(route) ?? 1) - 1
    if (running === 0) this.#runningOf.delete(route)
    else this.#runningOf.set(route, running)
    if (this.#waitingCount > 0) this.#startNext()
  }

  #mayRun({ route, routeMax }: Turn): boolean {
    if (this.#runningCount >= this.#limits.runningMax) return false
    return routeMax === undefined || (this.#runningOf.get(route) ?? 0) < routeMax
  }

  #start({ route }: Turn, start: () => void): void {
    this.#runningCount += 1
    this.#runningOf.set(route, (this.#runningOf.get(route) ?? 0) + 1)
    start()
  }

  #startNext(): void {
    for (const [client, own] of this.#clients) {
      const index = own.findIndex(({ turn }) => this.#mayRun(turn))
      if (index < 0) continue
      const [next] = own.splice(index, 1)
      // To the back: the others come first now.
      this.#clients.delete(client)
      if (own.length > 0) this.#clients.set(client, own)
      this.#waitingCount -= 1
      if (next !== undefined) this.#start(next.turn, next.start)
      return
    }
  }

  #leave(waiting: Waiting): void {
    const own = this.#clients.get(waiting.turn.client)
    const index = own?.indexOf(waiting) ?? -1
    if (own === undefined || index < 0) return
    own.splice(index, 1)
    if (own.length === 0) this.#clients.delete(waiting.turn.client)
    this.#waitingCount -= 1
  }

  #full(): Refusal {
    const { runningMax, waitingMax } = this.#limits
    const found = `${this.#runningCount} of at most ${runningMax} generators run`
    const message = `Cannot make another file: ${found}, and ${waitingMax} more wait`
    return new Refusal('BUSY', message, { wireMessage: 'The server is busy, ask again later' })
  }
}
