import { contentLengthOf } from '../../routing/content-length.ts'
import { DECLINE_HEADER } from '../../routing/source.ts'
import type { Refusal } from '../../base/refusal.ts'
import { AnswerBody } from './answer-body.ts'
import { type Exchange, type ExchangeAsk, type ExchangeParts, storedKeyOf } from './exchange.ts'
import { refusalOf } from './failure.ts'
import { discard, type Reply } from './http-client.ts'
import { responseHeaders } from './response-headers.ts'
import { isMissing, refusalCodeFor } from './status.ts'
import type { StoredAnswer } from './stored-answers.ts'

/** An answer on its way to the device. */
export interface ReplyTask {
  readonly reply: Reply
  readonly exchange: Exchange
  readonly ask: ExchangeAsk
  readonly parts: ExchangeParts
  readonly decline: () => Response
}

/**
 * Makes the answer of an upstream that of the source.
 *
 * @throws {Refusal} For all that is no file, or not all of one.
 */
export async function fileResponse(task: ReplyTask): Promise<Response> {
  const { reply, exchange, ask, parts } = task
  const { status, headers } = reply
  const isDeclined =
    headers.has(DECLINE_HEADER) || (isMissing(status) && parts.options.notFound === 'decline')
  if (isDeclined && ask.method === 'GET') {
    discard(reply)
    return task.decline()
  }
  if (refusalCodeFor(status, ask.method) !== undefined) {
    discard(reply)
    throw exchange.statusRefusal(reply)
  }
  const wrong = codingProblem(task) ?? framingProblem(task)
  if (wrong !== undefined) {
    reply.body.destroy()
    throw wrong
  }
  const passed = responseHeaders(headers)
  if (status === 204) {
    discard(reply)
    return new Response(null, { status, headers: passed })
  }
  const body = await bodyOf(task).take()
  const bytes = body instanceof Uint8Array ? body.length : contentLengthOf(headers)
  if (bytes !== undefined) passed.set('content-length', String(bytes))
  return new Response(body, { status, headers: passed })
}

/** The file that an upstream said has not changed. */
export function storedResponse({ headers, chunks, bytes }: StoredAnswer): Response {
  const passed = responseHeaders(headers)
  passed.set('content-length', String(bytes))
  return new Response(Buffer.concat(chunks), { headers: passed })
}

function bodyOf({ reply, exchange, ask, parts }: ReplyTask): AnswerBody {
  const { headers, status, url } = reply
  const { options, stored } = parts
  const announcedBytes = contentLengthOf(headers)
  const failed = (message: string): Refusal =>
    refusalOf('GENERATOR_FAILED', { message: `${ask.title}: ${url.origin} ${message}` })
  return new AnswerBody(reply, {
    announcedBytes,
    bytesMax: options.outputBytesMax,
    keptBytesMax: ask.method === 'GET' && status === 200 ? stored.roomFor(headers) : 0,
    whole: (chunks, bytes) => stored.keep(storedKeyOf(url, ask), { headers, chunks, bytes }),
    asRefusal: (error) => exchange.bodyRefusal(reply, error),
    tooLarge: () =>
      refusalOf('TOO_LARGE', {
        message: `${ask.title}: ${url.origin} has more than ${options.outputBytesMax} bytes (outputBytesMax)`,
      }),
    wrongLength: (bytes) =>
      failed(`announced a Content-Length of ${announcedBytes} and sent ${bytes} bytes`),
  })
}

/** Devices could not undo a coding, and would take the coded bytes for the file. */
function codingProblem({ reply, ask }: ReplyTask): Refusal | undefined {
  const coding = reply.headers.get('content-encoding')
  if (coding === null || coding === '' || coding.toLowerCase() === 'identity') return undefined
  const message = `${ask.title}: ${reply.url.origin} answered with Content-Encoding "${coding}", though only identity was accepted`
  return refusalOf('GENERATOR_FAILED', { message })
}

/** RFC 9112 §6.3: a body that ends with its connection looks whole wherever it breaks off. */
function framingProblem({ reply, ask, parts }: ReplyTask): Refusal | undefined {
  const { headers, status, url } = reply
  const isFramed = headers.has('content-length') || headers.has('transfer-encoding')
  if (isFramed || status === 204 || parts.options.endByClose) return undefined
  const message = `${ask.title}: ${url.origin} answered without a Content-Length and without chunks, so nobody can tell whether its answer is whole: \`endByClose: true\` takes it as it is`
  return refusalOf('GENERATOR_FAILED', { message })
}
