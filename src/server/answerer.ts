import { Refusal } from '../base/refusal.ts'
import type { Log } from '../observe/log.ts'
import type { Answer, Answerer, Ask } from '../routing/answer.ts'
import { contentLengthOf } from '../routing/content-length.ts'
import { firstMatch } from '../routing/first-match.ts'
import { parseHttpTarget, type RequestPath } from '../routing/request-path.ts'
import type { Route } from '../routing/route.ts'
import type { Router } from '../routing/router.ts'
import {
  declineResponse,
  INTERNAL_REDIRECT_HEADER,
  type RequestContext,
} from '../routing/source.ts'
import { asRefusal, BudgetedBody, emptyBody } from './answer-body.ts'
import { limitedUpload, tooLarge } from './limited-upload.ts'
import { WaitBudget } from './wait-budget.ts'

/** RFC 3875 §6.2.2 leaves the depth of local redirects open; a loop must end. */
const REDIRECTS_MAX = 5
/** What one request may note in the journal, in characters. */
const NOTES_CHARS_MAX = 16_384

/** From this size on, in bytes, a body is read into memory of the reader's. */
const LARGE_BYTES = 1024 * 1024

type Params = Readonly<Record<string, string>>

/** Makes the door between the fronts and the routes. */
export function createAnswerer(parts: { readonly router: Router; readonly log: Log }): Answerer {
  return async (ask) => {
    const work = new AnswerWork(parts.router, ask)
    try {
      return await work.run()
    } catch (error) {
      if (!(error instanceof Refusal)) parts.log.error({ err: error, id: ask.id }, 'internal error')
      return work.refused(error)
    }
  }
}

/** One request on its way through the routes. */
class AnswerWork {
  readonly #router: Router
  readonly #ask: Ask
  readonly #notes: string[] = []
  #notesChars = 0
  #route: Route | undefined
  #params: Params | undefined
  #budget: WaitBudget | undefined

  constructor(router: Router, ask: Ask) {
    this.#router = router
    this.#ask = ask
  }

  async run(): Promise<Answer> {
    let path = this.#ask.path
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
      const response = await this.#makeFrom(path)
      const target = response.headers.get(INTERNAL_REDIRECT_HEADER)
      if (target === null) return this.#answered(response)
      path = parseHttpTarget(target)
    }
    throw new Refusal('GENERATOR_FAILED', `More than ${REDIRECTS_MAX} local redirects, a loop?`, {
      wireMessage: 'The file could not be made',
    })
  }

  refused(error: unknown): Answer {
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal('GENERATOR_FAILED', `Internal error: ${String(error)}`, {
            wireMessage: 'Internal error',
          })
    return { ...this.#where(), response: undefined, refusal, body: emptyBody }
  }

  #answered(response: Response): Answer {
    const budget = this.#budget
    const body =
      response.body === null || budget === undefined
        ? emptyBody
        : new BudgetedBody(response.body, { budget, isLarge: isLarge(response) })
    return { ...this.#where(), response, refusal: undefined, body }
  }

  #where(): Omit<Answer, 'response' | 'refusal' | 'body'> {
    return {
      routeName: this.#route?.name,
      sourceName: this.#route?.sourceName,
      params: this.#params,
      blockBytesMax: this.#route?.blockBytesMax,
      notes: () => (this.#notes.length > 0 ? this.#notes.join('\n') : undefined),
    }
  }

  async #makeFrom(path: RequestPath): Promise<Response> {
    const { method, front } = this.#ask
    const candidates = this.#router.candidates({ method, front, path })
    const found = await firstMatch(candidates, (route, params) => this.#call(route, params, path))
    if (found !== undefined) return found.response
    this.#route = undefined
    this.#params = undefined
    throw this.#notFound(path)
  }

  #notFound(path: RequestPath): Refusal {
    const allowed = this.#router.methodsFor({ front: this.#ask.front, path })
    if (allowed.size > 0 && !allowed.has(this.#ask.method)) {
      const what = this.#ask.method === 'PUT' ? 'written' : 'read'
      return new Refusal(
        'METHOD_NOT_ALLOWED',
        `Cannot ${this.#ask.method} ${path.text}: its routes allow only ${[...allowed].join(', ')}`,
        { wireMessage: `This file cannot be ${what}` },
      )
    }
    return new Refusal('FILE_NOT_FOUND', `No route has ${path.text}`, {
      wireMessage: 'File not found',
    })
  }

  async #call(route: Route, params: Params, path: RequestPath): Promise<Response> {
    this.#route = route
    this.#params = params
    const { uploadBytes, controller } = this.#ask
    if (uploadBytes !== undefined && uploadBytes > route.uploadBytesMax) {
      throw tooLarge(`it has ${uploadBytes} bytes`, route.uploadBytesMax)
    }
    const deadlineMs = route.deadlineMs
    const budget = new WaitBudget({ deadlineMs, onExceeded: () => controller.abort() })
    this.#budget = budget
    const made = this.#invoke(route, this.#contextFor(route, params, path))
    try {
      return await budget.spend(made)
    } catch (error) {
      discardLate(made)
      throw asRefusal(error)
    }
  }

  async #invoke(route: Route, context: RequestContext): Promise<Response> {
    return route.source(this.#requestFor(route, context.path), context)
  }

  #requestFor(route: Route, path: RequestPath): Request {
    const ask = this.#ask
    const query = path.query === '' ? '' : `?${path.query}`
    const scheme = ask.front === 'tftp' ? 'tftp' : 'http'
    const url = `${scheme}://${authority(ask)}${path.encoded}${query}`
    if (ask.body === null) {
      return new Request(url, {
        method: ask.method,
        headers: ask.headers,
        signal: ask.controller.signal,
      })
    }
    const body = limitedUpload(ask.body, route.uploadBytesMax)
    const init = { method: ask.method, headers: ask.headers, body, duplex: 'half' }
    return new Request(url, { ...init, signal: ask.controller.signal })
  }

  #contextFor(route: Route, params: Params, path: RequestPath): RequestContext {
    const ask = this.#ask
    return {
      id: ask.id,
      front: ask.front,
      clientAddress: ask.clientAddress,
      clientPort: ask.clientPort,
      localAddress: ask.localAddress,
      localPort: ask.localPort,
      protocol: ask.protocol,
      tftpOptions: ask.tftpOptions,
      ...(ask.tftpMode === undefined ? {} : { tftpMode: ask.tftpMode }),
      ...(ask.uploadBytes === undefined ? {} : { uploadBytes: ask.uploadBytes }),
      path,
      params,
      signal: ask.controller.signal,
      deadlineMs: route.deadlineMs,
      decline: declineResponse,
      note: (text) => this.#note(text),
    }
  }

  #note(text: string): void {
    const room = NOTES_CHARS_MAX - this.#notesChars
    if (room <= 0) return
    const kept = text.length > room ? `${text.slice(0, room)}…` : text
    this.#notes.push(kept)
    this.#notesChars += kept.length
  }
}

/** Worth reading into memory that is used again and again. */
function isLarge({ headers }: Response): boolean {
  return (contentLengthOf(headers) ?? 0) > LARGE_BYTES
}

/** The host part of the URL a source sees: the address that was asked. */
function authority(ask: Ask): string {
  const address = ask.localAddress.includes(':')
    ? `[${ask.localAddress.split('%')[0]}]`
    : ask.localAddress
  return `${address}:${ask.localPort}`
}

/** A response that comes after its deadline is thrown away, so that what it holds open is freed. */
function discardLate(made: Promise<Response>): void {
  made.then(
    (response) => response.body?.cancel().catch(() => {}),
    () => {},
  )
}
