import type { Ask } from '../routing/answer.ts'
import type { RequestPath } from '../routing/request-path.ts'
import type { Route } from '../routing/route.ts'
import {
  declineResponse,
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
  return call.route.source(requestFor(call, terms), contextFor(call, terms))
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

function contextFor(
  { ask, route, params, path }: SourceCall,
  { signalOf, note, madeFrom, deviceOf }: CallTerms,
): RequestContext {
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
    get signal() {
      return signalOf()
    },
    deadlineMs: route.deadlineMs,
    decline: declineResponse,
    get device() {
      return deviceOf()
    },
    madeFrom,
    note,
  }
}

/** The host part of the URL a source sees: the address that was asked. */
function authority(ask: Ask): string {
  const address = ask.localAddress.includes(':')
    ? `[${ask.localAddress.split('%')[0]}]`
    : ask.localAddress
  return `${address}:${ask.localPort}`
}
