import { createHash } from 'node:crypto'
import type { AnswerBody } from '../../routing/answer.ts'
import { contentLengthOf } from '../../routing/content-length.ts'

/** A body of up to this size, in bytes, gets an ETag from its content if the source gave none. */
const HASH_BYTES_MAX = 1024 * 1024
/**
 * How long the front waits for such a body to be whole, in ms, before it streams it without an
 * ETag.
 */
const HASH_WAIT_MS = 50

/** A kept one of up to this size, in bytes, gets one in any case: it is made once. */
const ETAG_BYTES_MAX = 64 * 1024 * 1024

/** What will be sent, before conditions and ranges are looked at. */
export interface Entity {
  readonly status: number
  readonly headers: Headers
  readonly body: AnswerBody
  /** Size of the whole body in bytes; undefined when nobody knows. */
  readonly sizeBytes: number | undefined
}

/** Reads what a source answered, and adds size and ETag where they can be had cheaply. */
export async function entityFor(response: Response, body: AnswerBody): Promise<Entity> {
  const headers = new Headers(response.headers)
  for (const name of Array.from(headers.keys()))
    if (name.startsWith('x-trivet-')) headers.delete(name)
  const status = response.status
  const announced = contentLengthOf(headers)
  const isHashable = status === 200 && !headers.has('etag') && (announced ?? 0) <= HASH_BYTES_MAX
  if (status === 200 && body.whole !== undefined && !headers.has('etag')) {
    return entityOfRendition({ status, headers, body, sizeBytes: announced })
  }
  if (!isHashable) return { status, headers, body, sizeBytes: announced }
  const start = await readPromptly(body)
  if (!start.isWhole) return { status, headers, body: start.body, sizeBytes: announced }
  headers.set('etag', etagOf(start.chunks))
  if (announced === undefined) headers.set('content-length', String(start.bytes))
  return { status, headers, body: start.body, sizeBytes: announced ?? start.bytes }
}

/** The same for what is kept: its size and ETag are known as soon as it is whole. */
async function entityOfRendition(entity: Entity): Promise<Entity> {
  const { headers, body } = entity
  const sizeBytes = await promptly(body.whole?.())
  if (sizeBytes === undefined || sizeBytes > ETAG_BYTES_MAX) return entity
  const etag = await body.etag?.()
  if (etag !== undefined) headers.set('etag', etag)
  if (!headers.has('content-length')) headers.set('content-length', String(sizeBytes))
  return { ...entity, sizeBytes: entity.sizeBytes ?? sizeBytes }
}

/** Undefined when it does not come in time, or fails: whoever reads will hear of it. */
function promptly<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), HASH_WAIT_MS)
    const settle = (value?: T): void => {
      clearTimeout(timer)
      resolve(value)
    }
    if (work === undefined) settle()
    else work.then(settle, () => settle())
  })
}

interface Prompt {
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
  readonly isWhole: boolean
  readonly body: AnswerBody
}

/**
 * Reads until the end, the size limit or the time limit, and gives a body that begins with what was
 * read.
 */
async function readPromptly(body: AnswerBody): Promise<Prompt> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  let pending: Promise<Uint8Array | undefined> | undefined
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), HASH_WAIT_MS)
  })
  try {
    while (bytes <= HASH_BYTES_MAX) {
      pending = body.read()
      const chunk = await Promise.race([pending, late])
      if (chunk === 'late')
        return { chunks, bytes, isWhole: false, body: replay({ chunks, pending, body }) }
      if (chunk === undefined)
        return { chunks, bytes, isWhole: true, body: replay({ chunks, body }) }
      chunks.push(chunk)
      bytes += chunk.length
    }
  } finally {
    clearTimeout(timer)
  }
  return { chunks, bytes, isWhole: false, body: replay({ chunks, body }) }
}

function replay(from: {
  readonly chunks: readonly Uint8Array[]
  readonly pending?: Promise<Uint8Array | undefined>
  readonly body: AnswerBody
}): AnswerBody {
  let index = 0
  let pending = from.pending
  return {
    read(spare) {
      if (index < from.chunks.length) {
        index += 1
        return Promise.resolve(from.chunks[index - 1])
      }
      const next = pending ?? from.body.read(spare)
      pending = undefined
      return next
    },
    cancel: () => from.body.cancel(),
  }
}

function etagOf(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return `"${hash.digest('base64url').slice(0, 22)}"`
}
