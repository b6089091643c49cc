import { Refusal } from '../../base/refusal.ts'
import {
  type CgiDocument,
  type CgiResponse,
  CgiResponseReader,
} from '../../protocol/cgi/response-reader.ts'
import { contentLengthOf } from '../../routing/content-length.ts'
import { DECLINE_HEADER, INTERNAL_REDIRECT_HEADER } from '../../routing/source.ts'
import type { Exchange } from './exchange.ts'

/**
 * Output up to this size is collected, in bytes: its size is known then, and a failure is a clean
 * refusal.
 */
const COLLECTED_BYTES_MAX = 64 * 1024
/** Most bytes in answer to an upload: they are kept until the application is done with it. */
const UPLOAD_ANSWER_BYTES_MAX = 16 * 1024 * 1024

/** Statuses whose answers have no body (RFC 9110 §6.4.1). */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])
/** Headers that turn a response into something else than a file. */
const bodilessHeaders = [DECLINE_HEADER, INTERNAL_REDIRECT_HEADER] as const

/**
 * Makes the answer from what an application sends: a CGI header, and the file (RFC 3875 §6).
 *
 * @param options.isUpload - The application must be done before there is an answer: it judges an
 *   upload.
 * @throws {Refusal} What the exchange or the header made of it; the exchange is ended then.
 */
export async function applicationResponse(
  exchange: Exchange,
  options: { readonly isUpload: boolean },
): Promise<Response> {
  try {
    const output = await collect(exchange, options.isUpload)
    return output.response.kind === 'localRedirect'
      ? bodiless(output, exchange, {
          status: 302,
          headers: { [INTERNAL_REDIRECT_HEADER]: output.response.target },
        })
      : documentResponse(output, exchange, output.response)
  } catch (error) {
    throw error instanceof Refusal ? exchange.fail(error) : error
  }
}

interface Output {
  readonly response: CgiResponse
  /** The body as far as it has been read. */
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
  /** True when there is no more, and the application has succeeded. */
  readonly isWhole: boolean
}

async function collect(exchange: Exchange, isUpload: boolean): Promise<Output> {
  const { response, isLast } = await readHead(exchange)
  const bytesMax = isUpload ? UPLOAD_ANSWER_BYTES_MAX : COLLECTED_BYTES_MAX
  const chunks = response.kind === 'document' ? [response.body] : []
  let bytes = chunks[0]?.length ?? 0
  for (let isWhole = isLast; ; ) {
    if (isWhole || (bytes > bytesMax && !isUpload)) return { response, chunks, bytes, isWhole }
    if (bytes > bytesMax) {
      throw exchange.stop('TOO_LARGE', `sent more than ${bytesMax} bytes in answer to an upload`)
    }
    const chunk = await exchange.read()
    if (chunk === undefined) isWhole = true
    else {
      chunks.push(chunk)
      bytes += chunk.length
    }
  }
}

async function readHead(
  exchange: Exchange,
): Promise<{ readonly response: CgiResponse; readonly isLast: boolean }> {
  const reader = new CgiResponseReader('always')
  for (;;) {
    const chunk = await exchange.read()
    if (chunk === undefined) return { response: reader.end(), isLast: true }
    const response = reader.push(chunk)
    if (response.kind !== 'pending') return { response, isLast: false }
  }
}

function documentResponse(output: Output, exchange: Exchange, document: CgiDocument): Response {
  const { chunks, bytes, isWhole } = output
  const { status } = document
  const headers = new Headers(
    document.fields.map(([name, value]): [string, string] => [name, value]),
  )
  const announced = contentLengthOf(headers)
  headers.delete('content-length')
  if (BODILESS_STATUSES.has(status) || bodilessHeaders.some((name) => headers.has(name))) {
    return bodiless(output, exchange, { status, headers })
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/octet-stream')
  if (!isWhole) {
    if (announced !== undefined) headers.set('content-length', String(announced))
    return new Response(streamOf(exchange, chunks, announced), { status, headers })
  }
  if (announced !== undefined && announced !== bytes) throw wrongLength(exchange, announced, bytes)
  headers.set('content-length', String(bytes))
  return new Response(Buffer.concat(chunks), { status, headers })
}

/** What was sent all the same is dropped; more than was collected is a mistake. */
function bodiless({ isWhole }: Output, exchange: Exchange, init: ResponseInit): Response {
  if (isWhole) return new Response(null, init)
  throw exchange.stop('GENERATOR_FAILED', 'sent a long body after a header that has none')
}

/** Streams what was collected and what follows, as fast as it is read. */
function streamOf(
  exchange: Exchange,
  collected: readonly Uint8Array[],
  announced: number | undefined,
): ReadableStream<Uint8Array> {
  const queue = collected.filter(({ length }) => length > 0)
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = queue.shift() ?? (await exchange.read())
        bytes += chunk?.length ?? 0
        const isWrong = chunk === undefined ? bytes !== announced : bytes > (announced ?? Infinity)
        if (announced !== undefined && isWrong) throw wrongLength(exchange, announced, bytes)
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel() {
        exchange.stop('GENERATOR_TIMEOUT', 'was left: nobody reads its answer')
      },
    },
    { highWaterMark: 0 },
  )
}

function wrongLength(exchange: Exchange, announced: number, bytes: number): Refusal {
  return exchange.stop(
    'GENERATOR_FAILED',
    `announced a Content-Length of ${announced} and sent ${bytes} bytes`,
  )
}
