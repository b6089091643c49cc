import { resolve } from 'node:path'
import pLimit, { type LimitFunction } from 'p-limit'
import { Refusal } from '../../base/refusal.ts'
import { cgiEnvironment } from '../../protocol/cgi/environment.ts'
import { type CgiOutput, CgiResponseReader } from '../../protocol/cgi/response-reader.ts'
import { INTERNAL_REDIRECT_HEADER, type RequestContext, type Source } from '../../routing/source.ts'
import { findScript, type FoundScript, requireExecutable } from './find-script.ts'
import type { CgiOptions } from './options.ts'
import { ScriptProcess } from './script-process.ts'

export interface CgiParts {
  /** Absolute path that the options' paths start from. */
  readonly siteFolder: string
  /** `trivet/1.2.3`, what scripts see as SERVER_SOFTWARE. */
  readonly serverSoftware: string
}

/** Output up to this size is collected, in bytes, so that its size is known and a failure is a clean refusal. */
const COLLECT_BYTES_MAX = 64 * 1024

/** All that a script has besides what it is told about the request. */
const BASE_ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/',
  LANG: 'C.UTF-8',
} as const

/** Runs executables: what they print is the file (RFC 3875). */
export function cgiSource(options: CgiOptions, parts: CgiParts): Source {
  const limit = pLimit(options.concurrentMax)
  return async (request, context) => {
    const script = await scriptFor(options, parts, context)
    if (script === undefined) return context.decline()
    if (limit.pendingCount >= options.waitingMax) {
      throw new Refusal('BUSY', `${limit.pendingCount} requests wait for a script already`, {
        wireMessage: 'The server is busy',
      })
    }
    return inTurn(limit, context, (free) =>
      new CgiRun(options, parts, { request, context, script, free }).respond(),
    )
  }
}

async function scriptFor(
  options: CgiOptions,
  { siteFolder }: CgiParts,
  context: RequestContext,
): Promise<FoundScript | undefined> {
  const path = context.params['path'] ?? context.path.text.slice(1)
  if (options.script === undefined)
    return findScript(resolve(siteFolder, options.folder ?? '.'), path)
  const file = resolve(siteFolder, options.script)
  await requireExecutable(file)
  return { file, segments: context.params['path'] === undefined ? path.split('/').length : 0 }
}

/** Waits for a free place and holds it until `free` is called; a request that ends while waiting gives way. */
function inTurn(
  limit: LimitFunction,
  { signal }: RequestContext,
  work: (free: () => void) => Promise<Response>,
): Promise<Response> {
  const { promise, resolve: answer, reject } = Promise.withResolvers<Response>()
  void limit(async () => {
    if (signal.aborted) return reject(aborted())
    const { promise: freed, resolve: free } = Promise.withResolvers<void>()
    work(free).then(answer, (error: unknown) => {
      free()
      reject(error instanceof Error ? error : new Error(String(error)))
    })
    await freed
  })
  return promise
}

interface RunParts {
  readonly request: Request
  readonly context: RequestContext
  readonly script: FoundScript
  /** Gives the place in the queue to the next request. */
  readonly free: () => void
}

/** One request answered by one run of a script. */
class CgiRun {
  readonly #parts: RunParts
  readonly #process: ScriptProcess
  readonly #reader: CgiResponseReader
  #isOver = false

  constructor(options: CgiOptions, cgi: CgiParts, parts: RunParts) {
    const { request, context, script } = parts
    this.#parts = parts
    this.#reader = new CgiResponseReader(options.cgiHeaders)
    this.#process = new ScriptProcess({
      file: script.file,
      arguments: options.arguments,
      environment: environmentFor(options, cgi, parts),
      input: request.body,
      outputBytesMax: options.outputBytesMax,
      note: (text) => context.note(text),
    })
    context.signal.addEventListener('abort', this.#kill, { once: true })
  }

  async respond(): Promise<Response> {
    try {
      const output = await this.#untilHeader()
      const collected = await this.#collect(output.body)
      return this.#response(output, collected)
    } catch (error) {
      this.#over()
      throw this.#parts.context.signal.aborted ? aborted() : error
    }
  }

  readonly #kill = (): void => this.#process.kill()

  async #untilHeader(): Promise<CgiOutput> {
    while (this.#reader.output === undefined) {
      const chunk = await this.#process.read()
      if (chunk === undefined) {
        this.#over()
        return this.#reader.end()
      }
      this.#reader.feed(chunk)
    }
    return this.#reader.output
  }

  /** Reads on while the output is small: then its end, and so its size and its success, are known. */
  async #collect(start: Uint8Array): Promise<Uint8Array[]> {
    const chunks = [start]
    let bytes = start.length
    while (!this.#isOver && bytes <= COLLECT_BYTES_MAX) {
      const chunk = await this.#process.read()
      if (chunk === undefined) this.#over()
      else {
        chunks.push(chunk)
        bytes += chunk.length
      }
    }
    return chunks
  }

  #response(output: CgiOutput, collected: readonly Uint8Array[]): Response {
    const headers = new Headers(
      output.headers.map(([name, value]): [string, string] => [name, value]),
    )
    if (output.localRedirect !== undefined)
      headers.set(INTERNAL_REDIRECT_HEADER, output.localRedirect)
    const isBodiless = output.status === 204 || output.status === 304
    if (this.#isOver) {
      const bytes = new Uint8Array(Buffer.concat(collected))
      if (bytes.length === 0 && output.status === 200 && output.localRedirect === undefined) {
        this.#parts.context.note('the script printed nothing: an empty file')
      }
      headers.set('content-length', String(bytes.length))
      return new Response(isBodiless ? null : bytes, { status: output.status, headers })
    }
    const stream = this.#stream(collected)
    return new Response(isBodiless ? null : stream, { status: output.status, headers })
  }

  #stream(collected: readonly Uint8Array[]): ReadableStream<Uint8Array> {
    const queue = [...collected]
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const chunk = queue.shift() ?? (await this.#process.read())
            if (chunk !== undefined) return controller.enqueue(chunk)
            this.#over()
            controller.close()
          } catch (error) {
            this.#over()
            controller.error(this.#parts.context.signal.aborted ? aborted() : error)
          }
        },
        cancel: () => {
          this.#process.kill()
          this.#over()
        },
      },
      { highWaterMark: 0 },
    )
  }

  #over(): void {
    this.#isOver = true
    this.#parts.context.signal.removeEventListener('abort', this.#kill)
    this.#parts.free()
  }
}

function environmentFor(
  options: CgiOptions,
  { serverSoftware }: CgiParts,
  { request, context, script }: RunParts,
): Record<string, string> {
  const { path, params, query } = { ...context, query: context.path.query }
  const own = params['path'] ?? path.text.slice(1)
  const prefix = path.text.slice(0, path.text.length - own.length)
  const segments = own.split('/')
  const rest = segments.slice(script.segments).join('/')
  const scriptName = prefix + segments.slice(0, script.segments).join('/')
  return {
    ...BASE_ENVIRONMENT,
    ...cgiEnvironment({
      method: request.method,
      protocol: context.protocol,
      front: context.front,
      pathInfo: script.segments < segments.length ? `/${rest}` : undefined,
      scriptName: scriptName.replace(/(?<=.)\/$/, ''),
      scriptFile: script.file,
      query,
      requestUri: query === '' ? path.encoded : `${path.encoded}?${query}`,
      clientAddress: context.clientAddress,
      clientPort: context.clientPort,
      localAddress: context.localAddress,
      localPort: context.localPort,
      contentBytes: request.body === null ? undefined : context.uploadBytes,
      headers: request.headers,
      params,
      tftpOptions: context.tftpOptions,
      tftpMode: context.tftpMode,
      requestId: context.id,
      serverSoftware,
    }),
    ...options.environment,
  }
}

function aborted(): Refusal {
  return new Refusal(
    'GENERATOR_TIMEOUT',
    'The script was ended: its request is over or its deadline has passed',
    {
      wireMessage: 'The file was not ready in time',
    },
  )
}
