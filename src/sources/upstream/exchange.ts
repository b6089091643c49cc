import type { Method } from '../../routing/source.ts'
import type { Refusal } from '../../base/refusal.ts'
import type { AllowedHosts } from './allowed-hosts.ts'
import { failureRefusal, isUnsent, refusalOf } from './failure.ts'
import { discard, type HttpClient, type Reply } from './http-client.ts'
import type { UpstreamOptions } from './options.ts'
import type { HeaderFields, RequestHeaders } from './request-headers.ts'
import { isOutage, isRedirect, isServerError, refusalCodeFor } from './status.ts'
import {
  conditionsOf,
  freshened,
  isAbout,
  type StoredAnswer,
  type StoredAnswers,
  type StoredKey,
} from './stored-answers.ts'
import type { Upload } from './upload.ts'

/** What all exchanges of a route share. */
export interface ExchangeParts {
  readonly options: UpstreamOptions
  readonly client: HttpClient
  readonly hosts: AllowedHosts
  readonly stored: StoredAnswers
}

/** What is asked, of whichever upstream. */
export interface ExchangeAsk {
  /** How messages begin: `Cannot generate /a.cfg`. */
  readonly title: string
  readonly method: Method
  readonly headers: RequestHeaders
  readonly upload: Upload | undefined
  readonly signal: AbortSignal
}

/** What an upstream answered, and whether another should be asked. */
export type Outcome =
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** The file is the one that is stored. */
  | { readonly kind: 'unchanged'; readonly reply: Reply; readonly answer: StoredAnswer }
  | {
      readonly kind: 'failure'
      readonly refusal: Refusal
      /** True when the upstream does not work, whatever it is asked for. */
      readonly isOfUpstream: boolean
      /** True when another upstream may do better. */
      readonly mayTryNext: boolean
    }

/** One request to one upstream, redirects and all. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #ask: ExchangeAsk
  readonly #first: URL

  constructor(parts: ExchangeParts, ask: ExchangeAsk, url: URL) {
    this.#parts = parts
    this.#ask = ask
    this.#first = url
  }

  /** @throws {Refusal} What no other upstream could do better. */
  async run(): Promise<Outcome> {
    if (!this.#parts.hosts.includes(this.#first)) throw this.#notAllowed(this.#first)
    let url = this.#first
    for (let count = 0; ; count += 1) {
      const outcome = await this.#step(url)
      if (outcome.kind !== 'reply' || !isRedirect(outcome.reply.status)) return outcome
      discard(outcome.reply)
      url = this.#target(outcome.reply, count)
    }
  }

  async #step(url: URL): Promise<Outcome> {
    const key = storedKeyOf(url, this.#ask)
    const stored = this.#ask.method === 'GET' ? this.#parts.stored.find(key) : undefined
    try {
      const reply = await this.#send(url, conditionsOf(stored))
      if (reply.status !== 304 || stored === undefined) return this.#judged(reply)
      discard(reply)
      if (isAbout(reply.headers, stored)) {
        const answer = freshened(stored, reply.headers)
        this.#parts.stored.keep(key, answer)
        return { kind: 'unchanged', reply, answer }
      }
      this.#parts.stored.drop(key)
      return this.#judged(await this.#send(url, {}))
    } catch (error) {
      return this.#failed(url, error)
    }
  }

  #send(url: URL, conditions: HeaderFields): Promise<Reply> {
    const { method, headers, upload, signal } = this.#ask
    const isFirst = url.origin === this.#first.origin
    const bytes = upload?.announcedBytes
    return this.#parts.client.send({
      url,
      method,
      headers: {
        ...headers.passed,
        ...headers.told,
        ...(isFirst ? headers.fixed : {}),
        ...conditions,
        'accept-encoding': 'identity',
        ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
      },
      body: upload?.chunks(),
      signal,
    })
  }

  #judged(reply: Reply): Outcome {
    const { status } = reply
    if (!isServerError(status)) return { kind: 'reply', reply }
    discard(reply)
    return {
      kind: 'failure',
      refusal: this.statusRefusal(reply),
      isOfUpstream: isOutage(status),
      mayTryNext: this.#ask.method === 'GET',
    }
  }

  #failed(url: URL, error: unknown): Outcome {
    const { signal, upload, method } = this.#ask
    if (signal.aborted) throw this.#left(url, error)
    if (upload?.failure !== undefined) throw upload.failure
    const isSafe = method === 'GET' || (isUnsent(error) && upload?.hasBegun !== true)
    const refusal = failureRefusal(this.#title(url), error, this.#parts.options)
    return { kind: 'failure', refusal, isOfUpstream: true, mayTryNext: isSafe }
  }

  /** Where a redirect leads. */
  #target({ url, status, headers }: Reply, count: number): URL {
    const location = headers.get('location') ?? ''
    const { redirects } = this.#parts.options
    const answered = `${this.#title(url)} answered ${status}`
    const refuse = (why: string): Refusal =>
      refusalOf('GENERATOR_FAILED', { message: `${answered}, a redirect ${why}` })
    if (this.#ask.method !== 'GET') throw refuse('of an upload')
    if (location === '' || !URL.canParse(location, url)) throw refuse('to nowhere')
    const target = new URL(location, url)
    const to = `to ${target.origin}`
    if (count >= redirects) throw refuse(`${to}: at most ${redirects} are followed (redirects)`)
    if (url.protocol === 'https:' && target.protocol !== 'https:') throw refuse(`${to}: not https`)
    if (!this.#parts.hosts.includes(target)) throw refuse(`${to}: not one of the hosts (hosts)`)
    return target
  }

  /** What a status that is no success means. */
  statusRefusal({ url, status }: Reply): Refusal {
    const code = refusalCodeFor(status, this.#ask.method) ?? 'GENERATOR_FAILED'
    return refusalOf(code, {
      message: `${this.#title(url)} answered ${status} for ${url.pathname}`,
    })
  }

  /** What kept a body from being whole. */
  bodyRefusal({ url }: Reply, error: unknown): Refusal {
    if (this.#ask.signal.aborted) return this.#left(url, error)
    return failureRefusal(this.#title(url), error, this.#parts.options)
  }

  #title(url: URL): string {
    return `${this.#ask.title}: ${url.origin}`
  }

  #left(url: URL, cause: unknown): Refusal {
    const message = `${this.#title(url)} was left: the deadline has passed or nobody waits for it`
    return refusalOf('GENERATOR_TIMEOUT', { message, cause })
  }

  #notAllowed(url: URL): Refusal {
    const message = `${this.#title(url)} is not one of the hosts that may be asked (hosts)`
    return refusalOf('ACCESS_DENIED', { message })
  }
}

/** For what a file is stored. */
export function storedKeyOf(url: URL, { headers }: Pick<ExchangeAsk, 'headers'>): StoredKey {
  const { passed, asker } = headers
  const isPersonal = 'authorization' in passed || 'cookie' in passed
  return { url, asker, isPersonal }
}
