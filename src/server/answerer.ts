import { setImmediate as nextTurn } from 'node:timers/promises'
import { Refusal } from '../base/refusal.ts'
import type { Identity } from '../identity/open-identity.ts'
import type { Identification } from '../identity/resolve-identity.ts'
import type { Evidence } from '../inventory/identify.ts'
import type { Log } from '../observe/log.ts'
import type { RenditionAsk } from '../rendition/rendition-ask.ts'
import type { Renditions } from '../rendition/renditions.ts'
import type { Served } from '../rendition/served.ts'
import type { Serving } from '../rendition/serving.ts'
import type { Answer, Answerer, Answering, Ask } from '../routing/answer.ts'
import { type FirstMatch, firstMatch } from '../routing/first-match.ts'
import { parseHttpTarget, type RequestPath } from '../routing/request-path.ts'
import type { Route } from '../routing/route.ts'
import type { Router } from '../routing/router.ts'
import { declineResponse, INTERNAL_REDIRECT_HEADER, REWRITTEN_HEADER } from '../routing/source.ts'
import type { InventoryView } from '../store/inventory-view.ts'
import { Asker } from './asker.ts'
import type { DeliveryRecorder } from './delivery-recorder.ts'
import { emptyBody } from './answer-body.ts'
import { type Called, callDirectly } from './direct-call.ts'
import { NoteBook } from './note-book.ts'
import type { SecretAccess } from './secret-access.ts'
import { renditionAsk } from './rendition-call.ts'
import type { SourceCall } from './source-call.ts'

/** RFC 3875 §6.2.2 leaves the depth of local redirects open; a loop must end. */
const REDIRECTS_MAX = 5

/** What the door between the fronts and the routes asks and tells the inventory. */
export interface KnownDevices {
  /** Undefined while there is none. */
  readonly live: InventoryView | undefined
  /** Who gets which secrets; undefined: nobody any. */
  readonly secrets: SecretAccess | undefined
  /** What else tells who asks; undefined: only the name does. */
  readonly identity?: Identity | undefined
  /** Told of what known devices ask for, and of what they have had completely. */
  readonly deliveries: DeliveryRecorder | undefined
  /** Told of a request whose name tells a device that is not known. */
  onUnknown(ask: Ask, evidence: Evidence): void
}

/** What the door between the fronts and the routes is made of. */
export interface AnswererParts {
  readonly router: Router
  readonly renditions: Renditions
  /** Undefined: no device is known. */
  readonly known?: KnownDevices
  readonly log: Log
}

/** Makes the door between the fronts and the routes. */
export function createAnswerer(parts: AnswererParts): Answerer {
  return (ask) => new AnswerWork(parts, ask)
}

/** What of an answer tells where it is from, and for whom. */
type AnswerOrigin = Pick<
  Answer,
  | 'routeName'
  | 'sourceName'
  | 'params'
  | 'device'
  | 'identifiedBy'
  | 'identityConflict'
  | 'blockBytesMax'
  | 'notes'
>

/** One request on its way through the routes. */
class AnswerWork implements Answering {
  readonly answer: Promise<Answer>
  readonly #parts: AnswererParts
  readonly #ask: Ask
  #notes: NoteBook | undefined
  #call: SourceCall | undefined
  #isCancelled = false
  #called: Called | undefined
  #serving: Serving | undefined
  #served: Served | undefined
  /** Who asks, where that is known. */
  #device: string | undefined
  #identification: Identification | undefined

  constructor(parts: AnswererParts, ask: Ask) {
    this.#parts = parts
    this.#ask = ask
    this.answer = this.#run()
  }

  get route(): Route | undefined {
    return this.#call?.route
  }

  cancel(): void {
    this.#isCancelled = true
    this.#serving?.cancel()
  }

  async late(): Promise<Answer | undefined> {
    const instead = await this.#instead()
    if (instead !== undefined) this.#serving?.cancel()
    return instead
  }

  async #instead(): Promise<Answer | undefined> {
    const patience = this.#call?.route.patience
    switch (patience?.whenLate) {
      case 'error':
        return this.#refused(notReady())
      case 'stale': {
        const stale = this.#serving?.stale()
        return stale && this.#answerWith(stale)
      }
      case 'fallback':
        return await this.#fallback(patience.fallback ?? '/')
      default:
        return undefined
    }
  }

  async #run(): Promise<Answer> {
    try {
      let step: Step = { path: this.#ask.path, after: undefined }
      for (let redirects = 0; redirects <= REDIRECTS_MAX; ) {
        const found = await this.#match(step)
        if (found === undefined) throw this.#missed(step.path)
        const next = nextStep(found)
        if (next === undefined) return this.#answered(found.response)
        this.#serving?.cancel()
        // Behind a route there are ever fewer, so that a rewriting alone makes no loop.
        if (next.after === undefined) redirects += 1
        step = next
      }
      throw tooManyRedirects()
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.#parts.log.error({ err: error, id: this.#ask.id }, 'internal error')
      }
      return this.#refused(error)
    }
  }

  #answered(response: Response): Answer {
    const { method } = this.#ask
    const { path } = this.#call ?? this.#ask
    if (method === 'PUT' && response.ok) this.#parts.renditions.dropPath(path.text)
    if (this.#served !== undefined) return this.#answerWith(this.#served)
    const body = this.#called?.body() ?? emptyBody
    return { ...this.#where(), response, refusal: undefined, body, delivered: () => {} }
  }

  #answerWith(served: Served): Answer {
    return {
      ...this.#where(),
      response: served.rendition.head,
      refusal: undefined,
      body: served.reader,
      rendition: served,
      delivered: () => {
        this.#noteDelivery(served)
        served.delivered()
      },
      notes: () => joined(this.#notes?.text, served.rendition.notes),
    }
  }

  #refused(error: unknown): Answer {
    const refusal =
      error instanceof Refusal
        ? error
        : new Refusal('GENERATOR_FAILED', `Internal error: ${String(error)}`, {
            wireMessage: 'Internal error',
          })
    const nothing = { response: undefined, body: emptyBody, delivered: () => {} }
    return { ...this.#where(), ...nothing, refusal }
  }

  #where(): AnswerOrigin {
    const { route, params } = this.#call ?? {}
    const { by, disagreement } = this.#identification ?? {}
    return {
      device: this.#device,
      identifiedBy: this.#device === undefined ? undefined : by,
      identityConflict: disagreement,
      routeName: route?.name,
      sourceName: route?.sourceName,
      params,
      blockBytesMax: route?.blockBytesMax,
      notes: () => joined(this.#notes?.text, this.#serving?.notes()),
    }
  }

  /** Another file in place of the one that is late: from the routes, like any other. */
  async #fallback(target: string): Promise<Answer | undefined> {
    const { controller } = this.#ask
    const ask = { ...this.#ask, controller, path: parseHttpTarget(target) }
    const answer = await new AnswerWork(this.#parts, ask).answer
    if (answer.refusal === undefined) return answer
    const why = { id: this.#ask.id, fallback: target, refusal: answer.refusal.code }
    this.#parts.log.warn(why, `the fallback cannot be had: ${answer.refusal.message}`)
    return undefined
  }

  /** Asks the routes in order. */
  #match({ path, after }: Step): Promise<FirstMatch | undefined> {
    const { method, front } = this.#ask
    const candidates = this.#parts.router.candidates({ method, front, path, after })
    return firstMatch(candidates, (route, params) => {
      // What the route before has declined is of no use.
      this.#serving?.cancel()
      return this.#callRoute({ ask: this.#ask, route, params, path })
    })
  }

  #missed(path: RequestPath): Refusal {
    this.#serving?.cancel()
    this.#call = undefined
    return this.#notFound(path)
  }

  #notFound(path: RequestPath): Refusal {
    const allowed = this.#parts.router.methodsFor({ front: this.#ask.front, path })
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

  #noteAsked(device: string | undefined): void {
    this.#device = device
    if (device === undefined || this.#ask.method !== 'GET') return
    this.#parts.known?.deliveries?.asked(device, this.#ask.path.text)
  }

  #noteDelivery(served: Served): void {
    if (this.#device === undefined) return
    const { front, clientAddress: address, path } = this.#ask
    this.#parts.known?.deliveries?.delivered(this.#device, path.text, {
      front,
      address,
      rendition: served.rendition,
    })
  }

  #callRoute(call: SourceCall): Promise<Response> {
    this.#call = call
    this.#serving = undefined
    this.#served = undefined
    const { params, route } = call
    const { clientAddress, headers, certificate } = this.#ask
    const request = { params, route, clientAddress, headers, certificate }
    const asker = new Asker(this.#parts.known ?? nobody, request)
    if (isTelling(asker.evidence) && asker.record === undefined) {
      this.#parts.known?.onUnknown(this.#ask, asker.evidence)
    }
    this.#noteAsked(asker.record?.id)
    this.#identification = asker.identification
    if (!asker.isAddressed(call.route)) return this.#turnAway(call, asker)
    const patience = sharedPatience(call)
    if (patience === undefined) return this.#callDirectly(call, asker)
    const asked = renditionAsk(call, patience, asker)
    // The last ACK of the fetch before may have arrived already, at a socket not yet read.
    const isPinned = this.#parts.renditions.isPinned(asked.key)
    return isPinned ? nextTurn().then(() => this.#serve(asked)) : this.#serve(asked)
  }

  /** The file for devices that are not known, or the next route. */
  async #turnAway({ route, path }: SourceCall, asker: Asker): Promise<Response> {
    const { evidence } = asker
    const isUnknown = asker.record === undefined && Object.keys(evidence).length > 0
    const unknown = route.audience?.unknown
    if (!isUnknown || unknown === undefined || unknown === path.text) return declineResponse()
    return new Response(null, { headers: { [INTERNAL_REDIRECT_HEADER]: unknown } })
  }

  async #callDirectly(call: SourceCall, asker: Asker): Promise<Response> {
    this.#notes ??= new NoteBook()
    this.#called = await callDirectly(call, this.#notes, asker)
    return this.#called.response
  }

  /** Without a function that waits: a thousand held requests are a thousand of those. */
  #serve(asked: RenditionAsk): Promise<Response> {
    const serving = this.#parts.renditions.serve(asked)
    this.#serving = serving
    if (this.#isCancelled) serving.cancel()
    return serving.served.then((served) => {
      this.#served = served
      return served.head()
    })
  }
}

const nobody = { live: undefined }

/** Which name is looked for next, and behind which route; undefined: from the first on. */
interface Step {
  readonly path: RequestPath
  readonly after: Route | undefined
}

/** Undefined for an answer that is one. */
function nextStep({ route, response }: FirstMatch): Step | undefined {
  const rewritten = response.headers.get(REWRITTEN_HEADER)
  if (rewritten !== null) return { path: parseHttpTarget(rewritten), after: route }
  const target = response.headers.get(INTERNAL_REDIRECT_HEADER)
  return target === null ? undefined : { path: parseHttpTarget(target), after: undefined }
}

/** What routes on the way noted, and then the one that answered. */
function joined(before: string | undefined, last: string | undefined): string | undefined {
  return before === undefined || last === undefined ? (before ?? last) : `${before}\n${last}`
}

/** Undefined for what is made for one request alone. */
function sharedPatience({ ask, route }: SourceCall): Route['patience'] {
  if (ask.method !== 'GET' || route.patience?.share === 'never') return undefined
  return route.patience
}

/** A word of a path may be a device's name, or just a word. */
function isTelling({ mac, serial, uuid }: Evidence): boolean {
  return mac !== undefined || serial !== undefined || uuid !== undefined
}

function tooManyRedirects(): Refusal {
  return new Refusal('GENERATOR_FAILED', `More than ${REDIRECTS_MAX} local redirects, a loop?`, {
    wireMessage: 'The file could not be made',
  })
}

function notReady(): Refusal {
  return new Refusal('NOT_READY', 'The client waits no longer, and the file is not there yet', {
    wireMessage: 'The file is still being made, ask again',
  })
}
