import type { FileHandle } from 'node:fs/promises'
import { Refusal } from '../../base/refusal.ts'
import { readFailure } from './read-failure.ts'

/**
 * Read at a time, in bytes: large enough that disk and thread pool do not matter, small enough for
 * thousands.
 */
const CHUNK_BYTES = 256 * 1024

/** Which bytes of which open file. */
export interface FilePart {
  readonly handle: FileHandle
  /** For messages. */
  readonly name: string
  /** Size of the whole file when it was opened, in bytes. */
  readonly sizeBytes: number
  /** First byte. */
  readonly start: number
  /** How many bytes: exactly as many as were announced. */
  readonly bytes: number
}

/**
 * Streams a part of an open file and closes it at the end, on an error, and when nobody reads any
 * more.
 *
 * A file that shrank meanwhile is an error: a short file would look whole to the device. One that
 * grew is cut at what was announced.
 */
export function fileStream(part: FilePart): ReadableStream<Uint8Array> {
  let position = 0
  const advance = async (target: Uint8Array): Promise<number> => {
    const bytes = await readInto(target.subarray(0, part.bytes - position), part, position)
    position += bytes
    return bytes
  }
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const request = controller.byobRequest
      if (position === part.bytes) {
        await part.handle.close()
        controller.close()
        request?.respond(0)
        return
      }
      // A reader that brings its own buffer has it filled: a large file then needs no new memory.
      if (request?.view) request.respond(await advance(bytesOf(request.view)))
      else controller.enqueue(await nextChunk(part.bytes - position, advance))
    },
    cancel: () => part.handle.close(),
  })
}

async function nextChunk(
  left: number,
  advance: (target: Uint8Array) => Promise<number>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, left))
  return chunk.subarray(0, await advance(chunk))
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

async function readInto(target: Uint8Array, part: FilePart, position: number): Promise<number> {
  try {
    const { bytesRead } = await part.handle.read(target, 0, target.length, part.start + position)
    if (bytesRead > 0) return bytesRead
    throw shrank(part, (await part.handle.stat()).size)
  } catch (error) {
    await part.handle.close()
    throw readFailure(error, part.name)
  }
}

function shrank({ name, sizeBytes }: FilePart, leftBytes: number): Refusal {
  return new Refusal(
    'GENERATOR_FAILED',
    `File "${name}" shrank from ${sizeBytes} to ${leftBytes} bytes while it was sent`,
    { wireMessage: 'The file changed while it was sent' },
  )
}
