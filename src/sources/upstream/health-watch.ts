import { discard, type HttpClient } from './http-client.ts'
import type { Upstream } from './upstream.ts'

/** After so long without a request, in ms, nothing is watched until somebody asks again. */
const UNUSED_MS = 3_600_000

export interface HealthWatchOptions {
  readonly client: HttpClient
  readonly upstreams: readonly Upstream[]
  /** Path that is asked of each. */
  readonly path: string
  readonly intervalMs: number
  /** How long one look may take, in milliseconds. */
  readonly limitMs: number
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
}

/** Asks upstreams now and then whether they work, from the first request on. */
export class HealthWatch {
  readonly #options: HealthWatchOptions
  #timer: NodeJS.Timeout | undefined
  #usedAt = 0
  #isLooking = false

  constructor(options: HealthWatchOptions) {
    this.#options = options
  }

  /** Somebody asks for a file. */
  used(): void {
    this.#usedAt = this.#options.now()
    this.#timer ??= setInterval(() => void this.#tick(), this.#options.intervalMs).unref()
  }

  async #tick(): Promise<void> {
    if (this.#isLooking) return
    if (this.#options.now() - this.#usedAt > UNUSED_MS) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    this.#isLooking = true
    await Promise.all(this.#options.upstreams.map((upstream) => this.#look(upstream)))
    this.#isLooking = false
  }

  async #look({ template, circuit, health }: Upstream): Promise<void> {
    if (await this.#works(template.origin)) {
      circuit.succeeded()
      health.succeeded()
    } else {
      health.failed()
    }
  }

  /** A redirect to a page for people is an answer too. */
  async #works(origin: string | undefined): Promise<boolean> {
    const { client, path, limitMs } = this.#options
    try {
      const reply = await client.send({
        url: new URL(path, origin),
        method: 'GET',
        headers: {},
        body: undefined,
        signal: AbortSignal.timeout(limitMs),
      })
      discard(reply)
      return reply.status < 400
    } catch {
      return false
    }
  }
}
