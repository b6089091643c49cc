import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compilePattern } from '../routing/pattern.ts'
import { parseRequestPath } from '../routing/request-path.ts'
import { declineResponse, type RequestContext, type Source } from '../routing/source.ts'
import { cgiSource } from '../sources/cgi/index.ts'
import { cgiOptions } from '../sources/cgi/options.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A folder with scripts, and a way to ask for what they make. Removed after `await using`. */
export interface ScriptSite extends AsyncDisposable {
  readonly path: string
  /** Writes an executable below the site's folder. */
  write(name: string, content: string | Uint8Array, mode?: number): Promise<string>
  /** A source over this folder; `cgi` unless the options say otherwise. */
  source(options?: object): Source
  /** Waits until a script has written a process id into a file, and gives it. */
  processId(name: string): Promise<number>
}

export async function scriptSite(): Promise<ScriptSite> {
  const folder = await temporaryFolder()
  const { path } = folder
  return {
    path,
    async write(name, content, mode = 0o755) {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content, { mode })
      return file
    },
    source(options = {}) {
      const target = 'script' in options ? {} : { folder: 'cgi' }
      const parts = { siteFolder: path, serverSoftware: 'trivet/1.2.3' }
      return cgiSource(cgiOptions.parse({ ...target, ...options }), parts)
    },
    async processId(name) {
      const text = await until(() => readFile(join(path, name), 'utf8').catch(() => ''))
      return Number(text)
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** One request to a source, with what it noted. */
export interface Asked {
  readonly response: Promise<Response>
  readonly notes: string[]
  readonly controller: AbortController
}

/** What a test may say of a request; the rest is a TFTP read from 10.0.0.7. */
export interface AskOptions extends Partial<Omit<RequestContext, 'path' | 'signal' | 'note'>> {
  readonly body?: ReadableStream<Uint8Array>
  readonly headers?: Record<string, string>
}

const route = compilePattern('/cgi/{path...}')

/** Asks a source as the server does for a route `/cgi/{path...}`. */
export function ask(source: Source, name: string, options: AskOptions = {}): Asked {
  const { body, headers, ...given } = options
  const path = parseRequestPath(new TextEncoder().encode(name))
  const controller = new AbortController()
  const notes: string[] = []
  const context: RequestContext = {
    id: 'a1b2c3-1',
    front: 'tftp',
    clientAddress: '10.0.0.7',
    clientPort: 2070,
    localAddress: '10.0.0.1',
    localPort: 69,
    protocol: 'TFTP/1.0',
    tftpOptions: new Map(),
    tftpMode: 'octet',
    params: route.match(path.text) ?? {},
    deadlineMs: 120_000,
    decline: declineResponse,
    ...given,
    path,
    signal: controller.signal,
    device: undefined,
    madeFrom: () => {},
    note: (text) => notes.push(text),
  }
  const query = path.query === '' ? '' : `?${path.query}`
  const init = { method: body === undefined ? 'GET' : 'PUT', headers: headers ?? {} }
  const upload = body === undefined ? {} : { body, duplex: 'half' }
  const request = new Request(`tftp://10.0.0.1${path.encoded}${query}`, { ...init, ...upload })
  const response = Promise.resolve(source(request, context))
  response.catch(() => {
    // Tests look at it when they want to; until then it is no unhandled rejection.
  })
  return { response, notes, controller }
}

/**
 * Asks again and again until there is an answer; the runner's time limit ends a test that waits in
 * vain.
 */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}
