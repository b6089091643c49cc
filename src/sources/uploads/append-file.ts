import type { FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 128 * 1024
/** A line that is longer is cut: binary data has no lines. */
const LINE_BYTES_MAX = 64 * 1024
const LINE_FEED = 0x0a

/** A part of an open file. */
interface Part {
  readonly handle: FileHandle
  readonly bytes: number
}

/**
 * Writes one file and then another, without the oldest lines of what would be over the limit.
 *
 * @param parts - The older first.
 * @returns Bytes written.
 */
export async function appendFile(
  target: FileHandle,
  parts: readonly Part[],
  bytesMax: number,
): Promise<number> {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  let skip = Math.max(0, total - bytesMax)
  if (skip > 0) skip = await lineAfter(parts, skip)
  let written = 0
  for (const { handle, bytes } of parts) {
    const from = Math.min(skip, bytes)
    skip -= from
    written += await copyPart(handle, target, { from, to: bytes })
  }
  return written
}

async function copyPart(
  source: FileHandle,
  target: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let at = from
  while (at < to) {
    const length = Math.min(buffer.length, to - at)
    const { bytesRead } = await source.read(buffer, 0, length, at)
    if (bytesRead === 0) break
    await target.writeFile(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  return at - from
}

/** Where the first line begins at or after an offset; the offset where none does soon. */
async function lineAfter(parts: readonly Part[], offset: number): Promise<number> {
  let start = 0
  for (const { handle, bytes } of parts) {
    const end = start + bytes
    if (offset <= end) {
      // One byte back: a line may begin exactly there.
      const from = Math.max(0, offset - start - 1)
      const buffer = Buffer.alloc(Math.min(LINE_BYTES_MAX, bytes - from))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
      const at = buffer.subarray(0, bytesRead).indexOf(LINE_FEED)
      if (at >= 0) return start + from + at + 1
      if (end - offset >= LINE_BYTES_MAX) return offset
    }
    start = end
  }
  return offset
}
