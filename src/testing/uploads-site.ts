import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Refusal, type RefusalCode } from '../base/refusal.ts'
import { parseHttpTarget } from '../routing/request-path.ts'
import { isDeclined, type RequestContext, type Source } from '../routing/source.ts'
import { uploadsSource } from '../sources/uploads/index.ts'
import { uploadsOptions } from '../sources/uploads/options.ts'
import { uploadPlace } from '../sources/uploads/place.ts'
import { UploadHook } from '../sources/uploads/upload-hook.ts'
import { UploadStore } from '../sources/uploads/upload-store.ts'
import { requestContext } from './request-context.ts'
import { writtenFolder } from './written-folder.ts'

/** What a test may say of an upload. */
interface PutHow {
  readonly from?: string
  readonly device?: string
  readonly params?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes that the client announces. */
  readonly announces?: number
  readonly context?: Partial<RequestContext>
}

/** A place of uploads below a temporary folder, and routes to it. */
export interface UploadsSite extends AsyncDisposable {
  readonly path: string
  /** Absolute path of `logs`, where options have `folder: logs`. */
  readonly folder: string
  readonly state: string
  /** Warnings of the stores. */
  readonly warnings: string[]
  /** Notes of requests. */
  readonly notes: string[]
  /** Time that passes only when a test says so, in ms since 1970. */
  nowMs: number
  /** A route with these options; those with the same folder share a store. */
  route(options?: object, onUpload?: Source): UploadsRoute
  store(folder?: string): UploadStore
  /** As after a start of the server. */
  restart(): Promise<void>
}

/** A route, asked as the server does. */
export interface UploadsRoute {
  put(target: string, body: string | ReadableStream<Uint8Array>, how?: PutHow): Promise<number>
  /** The text, or `declined`. */
  get(target: string, how?: PutHow): Promise<string>
  response(target: string, how?: PutHow): Promise<Response>
  readonly hook: UploadHook | undefined
}

/** Files whose path has `secret` in it are protected. */
export async function uploadsSite(
  files: Readonly<Record<string, string>> = {},
): Promise<UploadsSite> {
  const temporary = await writtenFolder({ 'logs/': '', ...files })
  const folder = join(temporary.path, 'logs')
  const state = join(temporary.path, 'state')
  const stores = new Map<string | undefined, UploadStore>()
  const site: UploadsSite = {
    path: temporary.path,
    folder,
    state,
    warnings: [],
    notes: [],
    nowMs: Date.parse('2026-01-01T00:00:00Z'),
    store(written) {
      const known = stores.get(written)
      if (known !== undefined) return known
      const place = uploadPlace({
        stateFolder: state,
        folder: written && join(temporary.path, written),
        label: written ?? 'state',
        isProtected: (path) => path.includes('secret'),
      })
      const warn = (message: string): void => void site.warnings.push(message)
      const store = new UploadStore({ ...place, warn, nowMs: () => site.nowMs })
      stores.set(written, store)
      return store
    },
    async restart() {
      const written = [...stores.keys()]
      stores.clear()
      for (const one of written) await site.store(one).tidy()
    },
    route: (options = {}, onUpload) => routeOf(site, options, onUpload),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  }
  return site
}

function routeOf(site: UploadsSite, written: object, onUpload: Source | undefined): UploadsRoute {
  const options = uploadsOptions.parse(written)
  const hook = onUpload && new UploadHook(onUpload, (message) => site.warnings.push(message))
  const { from } = options
  const isFrom = (address: string): boolean => from?.includes(address) ?? true
  const source = uploadsSource(options, { store: site.store(options.folder), isFrom, hook })
  const ask = async (method: string, target: string, how: AskHow): Promise<Response> => {
    const path = parseHttpTarget(target)
    const init = { method, headers: { ...how.headers }, duplex: 'half', ...how.body }
    const request = new Request(`http://10.0.0.1${path.encoded}`, init)
    return await source(request, contextOf(site, target, how))
  }
  const response = (target: string, how: PutHow = {}): Promise<Response> => ask('GET', target, how)
  return {
    hook,
    response,
    put: async (target, body, how = {}) =>
      (await ask('PUT', target, { ...how, body: { body } })).status,
    async get(target, how) {
      const answer = await response(target, how)
      return isDeclined(answer) ? 'declined' : await answer.text()
    },
  }
}

interface AskHow extends PutHow {
  readonly body?: { readonly body: string | ReadableStream<Uint8Array> }
}

function contextOf(site: UploadsSite, target: string, how: AskHow): RequestContext {
  const { from: clientAddress = '10.0.0.7', device: id, params = {}, announces } = how
  const device =
    id === undefined ? undefined : { id, macs: [], addresses: [], classes: [], values: {} }
  return requestContext({
    path: parseHttpTarget(target),
    clientAddress,
    params,
    device,
    note: (text) => site.notes.push(text),
    ...(announces === undefined ? {} : { uploadBytes: announces }),
    ...how.context,
  })
}

/** An upload that comes in pieces, as a test says. */
export interface SlowUpload {
  readonly body: ReadableStream<Uint8Array>
  send(text: string): void
  end(): void
  /** The client is gone. */
  die(): void
}

export function slowUpload(): SlowUpload {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const ignore = (): void => {
    // The source has stopped to read.
  }
  return {
    body: readable,
    send: (text) => void writer.write(new TextEncoder().encode(text)).catch(ignore),
    end: () => void writer.close().catch(ignore),
    die: () => void writer.abort(new Error('The client is gone')).catch(ignore),
  }
}

/** Checks a rejection: its code, its message, and that it tells the client of no path. */
export function refusal(code: RefusalCode, message = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    assert.doesNotMatch(error.wireMessage, /trivet-test|\/state/)
    return true
  }
}
