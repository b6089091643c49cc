import { Refusal } from '../base/refusal.ts'

/**
 * Passes an upload on, and errors it with `TOO_LARGE` when it grows over `bytesMax`. The upload is
 * untouched until somebody reads: a route that declines leaves it to the next.
 */
export function limitedUpload(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= body.getReader()
        const { done, value } = await reader.read()
        if (done) return controller.close()
        bytes += value.length
        if (bytes > bytesMax) throw tooLarge(`more than ${bytesMax} bytes came`, bytesMax)
        controller.enqueue(value)
      },
      cancel: (reason) => (reader ?? body).cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The refusal of an upload over its route's limit. */
export function tooLarge(found: string, bytesMax: number): Refusal {
  return new Refusal('TOO_LARGE', `Cannot take the upload: ${found}, the limit is ${bytesMax}`, {
    wireMessage: `Too large: the limit is ${bytesMax} bytes`,
  })
}
