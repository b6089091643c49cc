import { tmpdir } from 'node:os'
import { Refusal } from '../base/refusal.ts'
import type { Rendition } from '../rendition/rendition.ts'
import type { RenditionAsk } from '../rendition/rendition-ask.ts'
import { Renditions, type RenditionsOptions } from '../rendition/renditions.ts'
import type { Served } from '../rendition/served.ts'
import type { Serving } from '../rendition/serving.ts'
import type { Patience } from '../routing/route.ts'

const patience: Patience = { share: 'client', keepLateMs: 900_000, whenLate: 'silence' }

/** A source that answers when a test says so, and counts its runs. */
class HandSource {
  runs = 0
  /** Whether it was told to stop, run by run. */
  readonly signals: AbortSignal[] = []
  readonly #answers: PromiseWithResolvers<Response>[] = []

  readonly make = (_rendition: Rendition, signalOf: () => AbortSignal): Promise<Response> => {
    this.runs += 1
    this.signals.push(signalOf())
    const answer = Promise.withResolvers<Response>()
    this.#answers.push(answer)
    return answer.promise
  }

  /** The oldest run that has not answered yet answers. */
  answer(body: string | ReadableStream | null, headers: Record<string, string> = {}): void {
    this.#next().resolve(new Response(body, { headers }))
  }

  respond(response: Response): void {
    this.#next().resolve(response)
  }

  fail(error: unknown): void {
    this.#next().reject(error)
  }

  #next(): PromiseWithResolvers<Response> {
    const next = this.#answers.shift()
    if (next === undefined) throw new TypeError('Nothing runs')
    return next
  }
}

/** Renditions on a clock that a test turns. */
export class RenditionSite implements Disposable {
  now = 1000
  readonly source = new HandSource()
  readonly renditions: Renditions

  constructor(limits: Partial<RenditionsOptions['limits']> = {}) {
    const most = { runningMax: 100, waitingMax: 100, keptMax: 1000 }
    const bytes = { bytesMax: 64 * 2 ** 20, memoryBytesMax: 2 ** 20 }
    this.renditions = new Renditions({
      limits: { ...most, ...bytes, ...limits },
      spillFolder: tmpdir(),
      now: () => this.now,
      wallNow: () => 1_700_000_000_000 + this.now,
      asRefusal: (error) => {
        if (error instanceof Refusal) return error
        return new Refusal('GENERATOR_FAILED', String(error))
      },
    })
  }

  [Symbol.dispose](): void {
    this.renditions.stop()
  }

  ask(change: Partial<Omit<RenditionAsk, 'patience'>> & { patience?: Partial<Patience> } = {}) {
    const { patience: changed, ...rest } = change
    const serving = this.renditions.serve({
      key: 'file',
      path: '/file',
      route: 'route',
      deadlineMs: 60_000,
      clientAddress: '10.0.0.7',
      requestHeaders: new Headers(),
      make: this.source.make,
      ...rest,
      patience: { ...patience, ...changed },
    })
    // Who is not waited for in a test may fail.
    serving.served.catch(() => {})
    return serving
  }
}

/** Reads a rendition to its end, as a client that then has it. */
export async function fetched(serving: Serving): Promise<string> {
  const served = await serving.served
  const text = await textOf(served)
  served.delivered()
  served.reader.cancel()
  return text
}

/** Reads a rendition to its end, as a client that gives up just before its end. */
export async function textOf(served: Served): Promise<string> {
  const chunks: Uint8Array[] = []
  for (let chunk = await served.reader.read(); chunk; chunk = await served.reader.read()) {
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
