import type { AnswerBody } from '../../routing/answer.ts'

/** The first part of a body, or all of it. */
export interface Collected {
  readonly chunks: readonly Uint8Array[]
  /** True when nothing follows. */
  readonly isWhole: boolean
  /** The whole size in bytes; undefined when the body was longer than what may be collected. */
  readonly sizeBytes: number | undefined
}

/**
 * Reads a body until its end is known, up to `bytesMax` bytes in memory.
 *
 * A body over the limit is not a failure: tsize is then left out and the rest is streamed.
 */
export async function collect(body: AnswerBody, bytesMax: number): Promise<Collected> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  while (bytes <= bytesMax) {
    const chunk = await body.read()
    if (chunk === undefined) return { chunks, isWhole: true, sizeBytes: bytes }
    chunks.push(chunk)
    bytes += chunk.length
  }
  return { chunks, isWhole: false, sizeBytes: undefined }
}
