import { createHash } from 'node:crypto'
import type { Delivery } from '../store/store.ts'
import type { Explainer } from './explainer.ts'

/** Of a file that is compared; a larger one is told by its hash only, in bytes. */
const TEXT_BYTES_MAX = 1024 * 1024

/** A file as it was made, or why it was not. */
export type RenderedFile =
  | {
      readonly kind: 'file'
      readonly bytes: number
      /** The first 22 characters of the SHA-256 in base64url. */
      readonly hash: string
      /** Undefined for what is not UTF-8 text, or over 1 MiB. */
      readonly text?: string
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

/** Makes a file as the device that last had it would get it now. */
export async function renderFor(
  explainer: Explainer,
  { path, delivered }: Pick<Delivery, 'path' | 'delivered'>,
): Promise<RenderedFile> {
  const front = delivered?.front ?? 'tftp'
  const clientAddress = delivered?.address ?? '127.0.0.1'
  const answer = await explainer.render({ name: path, front, method: 'GET', clientAddress })
  const { refusal, body } = answer
  if (refusal !== undefined) {
    return { kind: 'refused', code: refusal.code, message: refusal.message }
  }
  const hash = createHash('sha256')
  const kept: Uint8Array[] = []
  let bytes = 0
  for (let chunk = await body.read(); chunk; chunk = await body.read()) {
    hash.update(chunk)
    bytes += chunk.length
    // The chunk is the reader's again with its next read.
    if (bytes <= TEXT_BYTES_MAX) kept.push(Uint8Array.from(chunk))
  }
  // Else the next asking would get the same one, as a client does that has not had all of it.
  answer.delivered()
  const text = bytes <= TEXT_BYTES_MAX ? textOf(Buffer.concat(kept)) : undefined
  const digest = hash.digest('base64url').slice(0, 22)
  return { kind: 'file', bytes, hash: digest, ...(text === undefined ? {} : { text }) }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
