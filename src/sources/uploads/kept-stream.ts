import type { KeptFile } from './upload-store.ts'

const CHUNK_BYTES = 128 * 1024

/** Streams a file that was kept, and closes it at the end. */
export function keptStream({ handle, bytes }: KeptFile): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes - at))
          const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
          at += bytesRead
          if (bytesRead > 0) controller.enqueue(chunk.subarray(0, bytesRead))
          else if (at < bytes) throw new Error('The file was cut while it was read')
          if (at < bytes) return
          controller.close()
          await handle.close()
        } catch (error) {
          await handle.close()
          throw error
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  )
}
