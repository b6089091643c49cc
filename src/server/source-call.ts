import type { Ask } from '../routing/answer.ts'
import type { RequestPath } from '../routing/request-path.ts'
import type { Route } from '../routing/route.ts'
import {
  declineResponse,
  type FrontName,
  type Inputs,
  type KnownDevice,
  type RequestContext,
} from '../routing/source.ts'
import { limitedUpload } from './limited-upload.ts'
import { SourceRequest } from './source-request.ts'

/** A request at one route: what its source is given. */
export interface SourceCall {
  readonly ask: Ask
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  readonly path: RequestPath
}

/** What differs from call to call of the same source. */
export interface CallTerms {
  /** Makes the signal when it is first asked for. */
  readonly signalOf: () => AbortSignal
  readonly note: (text: string) => void
  readonly madeFrom: (inputs: Inputs) => void
  /** Finds the device when the source first looks at it. */
  readonly deviceOf: () => KnownDevice | undefined
  /** What the source sees of the request's headers. */
  readonly headers: Headers
}

/** Calls the source. */
export function callSource(call: SourceCall, terms: CallTerms): Response | Promise<Response> {
  return call.route.source(requestFor(call, terms), new SourceContext(call, terms))
}

function requestFor({ ask, route, path }: SourceCall, { headers, signalOf }: CallTerms): Request {
  const query = path.query === '' ? '' : `?${path.query}`
  const scheme = ask.front === 'tftp' ? 'tftp' : 'http'
  const url = `${scheme}://${authority(ask)}${path.encoded}${query}`
  const { method } = ask
  if (ask.body === null) return new SourceRequest(url, { method, headers }, signalOf)
  const body = limitedUpload(ask.body, route.uploadBytesMax)
  const init = { method, headers, body, duplex: 'half' }
  return new SourceRequest(url, init, signalOf)
}

/**
 * What a source sees of a request. A class and no literal: V8 gives each literal with a getter a
 * shape of its own, and by it everything of the request lived until the next full collection.
 */
class SourceContext implements RequestContext {
  readonly id: string
  readonly front: FrontName
  readonly clientAddress: string
  readonly clientPort: number
  readonly localAddress: string
  readonly localPort: number
  readonly protocol: string
  readonly tftpOptions: ReadonlyMap<string, string>
  declare readonly tftpMode?: 'octet' | 'netascii'
  declare readonly uploadBytes?: number
  readonly path: RequestPath
  readonly params: Readonly<Record<string, string>>
  readonly deadlineMs: number
  readonly decline = declineResponse
  readonly madeFrom: (inputs: Inputs) => void
  readonly note: (text: string) => void
  readonly #terms: CallTerms

  constructor({ ask, route, params, path }: SourceCall, terms: CallTerms) {
    this.id = ask.id
    this.front = ask.front
    this.clientAddress = ask.clientAddress
    this.clientPort = ask.clientPort
    this.localAddress = ask.localAddress
    this.localPort = ask.localPort
    this.protocol = ask.protocol
    this.tftpOptions = ask.tftpOptions
    if (ask.tftpMode !== undefined) this.tftpMode = ask.tftpMode
    if (ask.uploadBytes !== undefined) this.uploadBytes = ask.uploadBytes
    this.path = path
    this.params = params
    this.deadlineMs = route.deadlineMs
    this.madeFrom = terms.madeFrom
    this.note = terms.note
    this.#terms = terms
  }

  get signal(): AbortSignal {
    return this.#terms.signalOf()
  }

  get device(): KnownDevice | undefined {
    return this.#terms.deviceOf()
  }
}

/** The host part of the URL a source sees: the address that was asked. */
function authority(ask: Ask): string {
  const address = ask.localAddress.includes(':')
    ? `[${ask.localAddress.split('%')[0]}]`
    : ask.localAddress
  return `${address}:${ask.localPort}`
}
