import { Refusal } from '../base/refusal.ts'
import { isDeclined } from '../routing/source.ts'
import type { Rendition } from './rendition.ts'

/** Makes the file: asks the source. */
export type Make = (signalOf: () => AbortSignal) => Response | Promise<Response>

export interface GenerationOptions {
  readonly make: Make
  /** Limit from its start to its last byte, in ms. */
  readonly deadlineMs: number
  /** Limit of its size, in bytes. */
  readonly bytesMax: number
  /** The server's monotonic clock, in ms. */
  readonly now: () => number
  /** Turns what a source threw into a refusal. */
  readonly asRefusal: (error: unknown) => Refusal
}

/**
 * One run of a source, from its first call to its last byte.
 *
 * It goes on when nobody waits any more: who gave up asks again. It ends by itself, at its deadline
 * or when it is stopped.
 */
export class Generation {
  readonly rendition: Rendition
  readonly #options: GenerationOptions
  #controller: AbortController | undefined
  #reader: ReadableStreamDefaultReader<unknown> | undefined
  #timer: NodeJS.Timeout | undefined
  #onStopped: (() => void) | undefined
  #isStopped = false

  constructor(rendition: Rendition, options: GenerationOptions) {
    this.rendition = rendition
    this.#options = options
  }

  /**
   * Makes it. Never rejects: what goes wrong is the rendition's refusal. A source that does not
   * heed being stopped is not waited for.
   */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStopped = resolve
      void this.#work().then(resolve)
    })
  }

  /** Ends it now; those that wait hear `refusal`. */
  stop(refusal: Refusal): void {
    this.rendition.failed(refusal)
    this.#abandon()
    this.#onStopped?.()
  }

  /** Made when a source first looks at it. */
  get #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isStopped) this.#controller.abort()
    }
    return this.#controller.signal
  }

  async #work(): Promise<void> {
    const { rendition } = this
    if (rendition.state !== 'making') return
    rendition.startedAt = this.#options.now()
    this.#timer = setTimeout(() => this.stop(this.#deadlineExceeded()), this.#options.deadlineMs)
    try {
      const response = await this.#options.make(() => this.#signal)
      if (rendition.state === 'making') await this.#take(response)
      else response.body?.cancel().catch(() => {})
    } catch (error) {
      rendition.failed(this.#options.asRefusal(error))
      this.#abandon()
    } finally {
      clearTimeout(this.#timer)
    }
  }

  async #take(response: Response): Promise<void> {
    const { rendition } = this
    const { status, headers, body } = response
    this.#reader = body?.getReader()
    rendition.answered(new Response(null, { status, headers }))
    if (isDeclined(response)) await this.#reader?.cancel()
    else if (this.#reader !== undefined) await this.#pump(this.#reader)
    if (rendition.state === 'making') rendition.ended(this.#options.now())
  }

  async #pump(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
    const { rendition } = this
    const { bytesMax } = this.#options
    for (;;) {
      const { done, value } = await reader.read()
      if (done || rendition.state !== 'making') return
      if (!(value instanceof Uint8Array)) throw notBytes(value)
      if (rendition.bytes.sizeBytes + value.length > bytesMax) throw tooLarge(bytesMax)
      if (value.length > 0) await rendition.append(value)
    }
  }

  #abandon(): void {
    clearTimeout(this.#timer)
    this.#isStopped = true
    this.#controller?.abort()
    this.#reader?.cancel().catch(() => {
      // The source's own failure: nobody is left to hear it.
    })
  }

  #deadlineExceeded(): Refusal {
    const { deadlineMs } = this.#options
    const message = `The source was not done after its deadline of ${deadlineMs} ms`
    return new Refusal('GENERATOR_TIMEOUT', message, {
      wireMessage: 'The file was not ready in time',
    })
  }
}

function notBytes(value: unknown): Refusal {
  return new Refusal(
    'GENERATOR_FAILED',
    `The source's body holds a ${typeof value}, Uint8Array chunks are needed`,
    { wireMessage: 'The file could not be made' },
  )
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal(
    'TOO_LARGE',
    `The source made more than ${bytesMax} bytes, limits.renditionBytesMax; ` +
      'a route with `share: never` streams without that limit',
    { wireMessage: 'The file is too large' },
  )
}
