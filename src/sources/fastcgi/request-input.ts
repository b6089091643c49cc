import { Refusal } from '../../base/refusal.ts'
import { encodeInput, encodeInputEnd } from '../../protocol/fastcgi/encode-request.ts'
import type { Connection } from './connection.ts'

/** An upload on its way to an application, of a size that is known. */
export interface RequestInput {
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly bytes: number
}

/**
 * Makes an upload one of known size. What is announced streams; for what is not the application
 * would have no CONTENT_LENGTH, by which PHP and others know how much to read, so it is collected.
 *
 * @param options.announcedBytes - What the client said it would send.
 * @throws {Refusal} `TOO_LARGE` when there is more than may be collected, `MALFORMED_REQUEST` when
 *   the upload broke off, or what its stream threw; `GENERATOR_TIMEOUT` when the signal came first.
 */
export async function sizedInput(
  body: ReadableStream<Uint8Array>,
  options: {
    readonly announcedBytes: number | undefined
    readonly collectBytesMax: number
    readonly signal: AbortSignal
  },
): Promise<RequestInput> {
  const { announcedBytes, collectBytesMax, signal } = options
  if (announcedBytes !== undefined) return { chunks: chunksOf(body), bytes: announcedBytes }
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of chunksOf(body, signal)) {
      bytes += chunk.length
      if (bytes > collectBytesMax) throw tooLarge(collectBytesMax)
      chunks.push(chunk)
    }
  } catch (error) {
    throw signal.aborted ? gaveUp() : uploadFailure(error)
  }
  return { chunks, bytes }
}

/** Reads a stream and leaves it open: what nobody reads stays with the client. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted()
  const reader = body.getReader()
  const leave = (): void => reader.releaseLock()
  signal?.addEventListener('abort', leave)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    signal?.removeEventListener('abort', leave)
    leave()
  }
}

/**
 * Sends an upload, no faster than the application reads.
 *
 * An application need not read its input: when it has answered, the rest stays with the client. The
 * end of the input is only given when the whole upload has come.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when the upload broke off or has another size than
 *   announced, or what its stream threw (`TOO_LARGE`). The input is still open then.
 */
export async function feedInput(connection: Connection, input: RequestInput): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of input.chunks) {
      if (!connection.isOpen) return
      bytes += chunk.length
      if (bytes > input.bytes) throw wrongSize(input, bytes)
      await connection.write(encodeInput(chunk))
    }
  } catch (error) {
    throw uploadFailure(error)
  }
  if (bytes !== input.bytes) throw wrongSize(input, bytes)
  await connection.write(encodeInputEnd())
}

function wrongSize(input: RequestInput, bytes: number): Refusal {
  return new Refusal(
    'MALFORMED_REQUEST',
    `Cannot pass on the upload: ${input.bytes} bytes were announced, ${bytes} came`,
    { wireMessage: 'The upload has another size than announced' },
  )
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal(
    'TOO_LARGE',
    `Cannot pass on the upload: its size was not announced, and it is over ${bytesMax} bytes, ` +
      'the uploadCollectBytesMax',
    { wireMessage: 'The upload is too large' },
  )
}

function gaveUp(): Refusal {
  return new Refusal(
    'GENERATOR_TIMEOUT',
    'Gave up waiting for the upload: the deadline has passed or the client is gone',
    { wireMessage: 'The file was not ready in time' },
  )
}

function uploadFailure(cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Refusal('MALFORMED_REQUEST', `Cannot pass on the upload: ${reason}`, {
    wireMessage: 'The upload broke off',
    cause,
  })
}
