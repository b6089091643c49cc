import type { FileHandle } from 'node:fs/promises'
import { Refusal } from '../../base/refusal.ts'

/** Read at a time, in bytes: large enough that disk and thread pool do not matter, small enough for thousands. */
const CHUNK_BYTES = 256 * 1024

/** Which bytes of which open file. */
export interface FilePart {
  readonly handle: FileHandle
  /** For messages. */
  readonly name: string
  /** First byte. */
  readonly start: number
  /** How many bytes: exactly as many as were announced. */
  readonly bytes: number
}

/**
 * Streams a part of an open file and closes it at the end, on an error, and when nobody reads any more.
 *
 * A file that shrank meanwhile is an error: a short file would look whole to the device. One that grew is cut at what
 * was announced.
 */
export function fileStream(part: FilePart): ReadableStream<Uint8Array> {
  let position = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (position < part.bytes) {
          const chunk = await readChunk(part, position)
          position += chunk.length
          controller.enqueue(chunk)
        }
        if (position < part.bytes) return
        controller.close()
        await part.handle.close()
      },
      cancel: () => part.handle.close(),
    },
    { highWaterMark: 0 },
  )
}

async function readChunk(part: FilePart, position: number): Promise<Uint8Array> {
  const wanted = Math.min(CHUNK_BYTES, part.bytes - position)
  const buffer = new Uint8Array(wanted)
  try {
    const { bytesRead } = await part.handle.read(buffer, 0, wanted, part.start + position)
    if (bytesRead > 0) return buffer.subarray(0, bytesRead)
    throw new Refusal(
      'GENERATOR_FAILED',
      `"${part.name}" shrank while it was sent: ${part.start + position} bytes are left of ${part.start + part.bytes}`,
      { wireMessage: 'The file changed while it was sent' },
    )
  } catch (error) {
    await part.handle.close()
    throw error
  }
}
