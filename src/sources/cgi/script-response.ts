import { Refusal } from '../../base/refusal.ts'
import {
  type CgiDocument,
  type CgiHeaderMode,
  type CgiResponse,
  CgiResponseReader,
} from '../../protocol/cgi/response-reader.ts'
import { contentLengthOf } from '../../routing/content-length.ts'
import { DECLINE_HEADER, INTERNAL_REDIRECT_HEADER } from '../../routing/source.ts'
import type { ScriptRun } from './script-run.ts'

export interface ScriptResponseOptions {
  readonly cgiHeaders: CgiHeaderMode
  /** True when the script must have ended before there is an answer: it judges an upload. */
  readonly isUpload: boolean
  /** Takes lines for the journal. */
  readonly note: (text: string) => void
}

/**
 * Output up to this size is collected, in bytes: its size is known then, and a failure is a clean
 * refusal.
 */
const COLLECTED_BYTES_MAX = 64 * 1024
/**
 * What a script may print in answer to an upload, in bytes: it is kept until the script has ended.
 */
const UPLOAD_ANSWER_BYTES_MAX = 16 * 1024 * 1024

/** Statuses whose answers have no body (RFC 9110 §6.4.1). */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])
/** Headers that turn a response into something else than a file. */
const bodilessHeaders = [DECLINE_HEADER, INTERNAL_REDIRECT_HEADER] as const

/**
 * Makes the answer from what a script prints.
 *
 * @throws {Refusal} What the run or the header made of it; the script is ended then.
 */
export async function scriptResponse(
  run: ScriptRun,
  options: ScriptResponseOptions,
): Promise<Response> {
  try {
    const output = await collect(run, options)
    return output.response.kind === 'localRedirect'
      ? bodiless(output, run, { status: 302, headers: redirectTo(output.response.target) })
      : documentResponse(output, run, output.response)
  } catch (error) {
    throw error instanceof Refusal ? run.fail(error) : error
  }
}

interface Output {
  readonly response: CgiResponse
  /** The body as far as it has been read. */
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
  /** True when there is no more, and the script has succeeded. */
  readonly isWhole: boolean
}

async function collect(run: ScriptRun, options: ScriptResponseOptions): Promise<Output> {
  const { response, isLast } = await readHead(run, options)
  const bytesMax = options.isUpload ? UPLOAD_ANSWER_BYTES_MAX : COLLECTED_BYTES_MAX
  const chunks = response.kind === 'document' ? [response.body] : []
  let bytes = chunks[0]?.length ?? 0
  for (let isWhole = isLast; ; ) {
    if (isWhole || (bytes > bytesMax && !options.isUpload)) {
      return { response, chunks, bytes, isWhole }
    }
    if (bytes > bytesMax)
      throw run.stop('TOO_LARGE', `printed more than ${bytesMax} bytes in answer`)
    const chunk = await run.read()
    if (chunk === undefined) isWhole = true
    else {
      chunks.push(chunk)
      bytes += chunk.length
    }
  }
}

/** Reads until header and body are told apart, at the latest after 8 KiB. */
async function readHead(
  run: ScriptRun,
  options: ScriptResponseOptions,
): Promise<{ readonly response: CgiResponse; readonly isLast: boolean }> {
  const reader = new CgiResponseReader(options.cgiHeaders)
  for (let isFirst = true; ; isFirst = false) {
    const chunk = await run.read()
    if (chunk === undefined) {
      if (isFirst) options.note('the script printed nothing')
      return { response: reader.end(), isLast: true }
    }
    const response = reader.push(chunk)
    if (response.kind !== 'pending') return { response, isLast: false }
  }
}

function documentResponse(output: Output, run: ScriptRun, document: CgiDocument): Response {
  const { chunks, bytes, isWhole } = output
  const { status } = document
  const headers = new Headers(
    document.fields.map(([name, value]): [string, string] => [name, value]),
  )
  const announced = contentLengthOf(headers)
  headers.delete('content-length')
  if (BODILESS_STATUSES.has(status) || bodilessHeaders.some((name) => headers.has(name))) {
    return bodiless(output, run, { status, headers })
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/octet-stream')
  if (!isWhole) {
    if (announced !== undefined) headers.set('content-length', String(announced))
    return new Response(streamOf(run, chunks, announced), { status, headers })
  }
  if (announced !== undefined && announced !== bytes) throw wrongLength(run, announced, bytes)
  headers.set('content-length', String(bytes))
  return new Response(Buffer.concat(chunks), { status, headers })
}

/**
 * What was printed all the same, a last line end mostly, is dropped; more than was collected is a
 * mistake.
 */
function bodiless({ isWhole }: Output, run: ScriptRun, init: ResponseInit): Response {
  if (isWhole) return new Response(null, init)
  throw run.stop('GENERATOR_FAILED', 'printed a long body after a header that has none')
}

function redirectTo(target: string): Record<string, string> {
  return { [INTERNAL_REDIRECT_HEADER]: target }
}

/** Streams what was collected and what follows, as fast as it is read. */
function streamOf(
  run: ScriptRun,
  collected: readonly Uint8Array[],
  announced: number | undefined,
): ReadableStream<Uint8Array> {
  const queue = collected.filter(({ length }) => length > 0)
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = queue.shift() ?? (await run.read())
        bytes += chunk?.length ?? 0
        const isWrong = chunk === undefined ? bytes !== announced : bytes > (announced ?? Infinity)
        if (announced !== undefined && isWrong) throw wrongLength(run, announced, bytes)
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel() {
        run.stop('GENERATOR_TIMEOUT', 'was ended: nobody reads what it prints')
      },
    },
    { highWaterMark: 0 },
  )
}

function wrongLength(run: ScriptRun, announced: number, bytes: number): Refusal {
  return run.stop(
    'GENERATOR_FAILED',
    `announced a Content-Length of ${announced} and printed ${bytes} bytes`,
  )
}
