import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Agent, type Dispatcher } from 'undici'
import type { Method } from '../../routing/source.ts'
import { isClosed } from './failure.ts'
import type { UpstreamOptions } from './options.ts'
import type { HeaderFields } from './request-headers.ts'

export type ClientOptions = Pick<
  UpstreamOptions,
  'connectMs' | 'headersMs' | 'bodyMs' | 'connectionsMax' | 'idleMs' | 'caFile'
>

/** Most headers of an answer, in bytes. */
const HEADERS_BYTES_MAX = 16 * 1024
/** An answer that nobody wants is read up to this size, in bytes, to keep its connection. */
const DUMPED_BYTES_MAX = 64 * 1024
/** Servers asked by one route at the same time, where the request has a say in which. */
const ORIGINS_MAX = 1000

/** One HTTP request. */
export interface Call {
  readonly url: URL
  readonly method: Method
  readonly headers: HeaderFields
  readonly body: AsyncIterable<Uint8Array> | undefined
  readonly signal: AbortSignal
}

/** The beginning of an answer, and the way to the rest. */
export interface Reply {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly body: Dispatcher.ResponseData['body']
}

/** Asks HTTP servers over connections that are kept, and never by way of a proxy. */
export class HttpClient {
  readonly #agent: Agent
  readonly #timeouts: { readonly headersTimeout: number; readonly bodyTimeout: number }

  /** @throws {Error} When `caFile` cannot be read. */
  constructor(options: ClientOptions, siteFolder: string) {
    const { connectMs, headersMs, bodyMs, connectionsMax, idleMs, caFile } = options
    const ca = caFile === undefined ? {} : { ca: readFileSync(resolve(siteFolder, caFile)) }
    this.#timeouts = { headersTimeout: headersMs, bodyTimeout: bodyMs }
    this.#agent = new Agent({
      connections: connectionsMax,
      maxOrigins: ORIGINS_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      maxHeaderSize: HEADERS_BYTES_MAX,
      connect: { timeout: connectMs, rejectUnauthorized: true, ...ca },
    })
  }

  /**
   * Sends a request and waits for the beginning of its answer. A read that meets a connection which
   * is closed at that moment is sent once more.
   *
   * @throws What kept the answer from coming: `failureRefusal` knows it.
   */
  async send(call: Call): Promise<Reply> {
    try {
      return await this.#once(call)
    } catch (error) {
      if (call.method !== 'GET' || call.signal.aborted || !isClosed(error)) throw error
      return this.#once(call)
    }
  }

  async #once({ url, method, headers, body, signal }: Call): Promise<Reply> {
    const {
      statusCode,
      headers: fields,
      body: reply,
    } = await this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...headers },
      signal,
      ...(body === undefined ? {} : { body: body as never }),
      ...this.#timeouts,
    })
    // A failure reaches whoever reads; without a reader it is nobody's.
    reply.on('error', () => {})
    return { url, status: statusCode, headers: headersOf(fields), body: reply }
  }
}

/** Lets go of an answer that nobody wants. */
export function discard({ body }: Reply): void {
  body.dump({ limit: DUMPED_BYTES_MAX }).catch(() => {
    // It was of no use already.
  })
}

function headersOf(fields: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && isFieldValue(one)) headers.append(name, one)
    }
  }
  return headers
}

/** What web headers can hold: one octet per character, no controls. */
function isFieldValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}
