import type { Writable } from 'node:stream'
import { Refusal } from '../../base/refusal.ts'

/** An upload on its way to a script. */
export interface ScriptInput {
  readonly body: ReadableStream<Uint8Array>
  /**
   * What the client said it would send, in bytes; the script was told so. Undefined: it did not
   * say.
   */
  readonly announcedBytes: number | undefined
}

/**
 * Feeds an upload to a script, no faster than the script reads.
 *
 * A script need not read its input: when it closes it, the rest stays with the client. The end of
 * the input is only given when the whole upload has come: a broken upload must not look like a
 * short one.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when the upload broke off or has another size than
 *   announced, or what its stream threw (`TOO_LARGE`). The input is still open then.
 */
export async function feedScript(stdin: Writable, input: ScriptInput): Promise<void> {
  const { announcedBytes } = input
  const reader = input.body.getReader()
  // EPIPE: the script has closed its input, or has ended. Its status says whether that was right.
  stdin.on('error', () => {})
  let bytes = 0
  try {
    while (stdin.writable) {
      const { done, value } = await reader.read()
      if (done) {
        if (announcedBytes !== undefined && bytes !== announcedBytes) throw wrongSize(input, bytes)
        stdin.end()
        return
      }
      bytes += value.length
      if (announcedBytes !== undefined && bytes > announcedBytes) throw wrongSize(input, bytes)
      if (stdin.writable && !stdin.write(value)) await roomIn(stdin)
    }
  } catch (error) {
    throw error instanceof Refusal ? error : brokenOff(error)
  } finally {
    reader.releaseLock()
  }
}

function roomIn(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stdin.off('drain', settle).off('close', settle).off('error', settle)
      resolve()
    }
    stdin.on('drain', settle).on('close', settle).on('error', settle)
  })
}

function wrongSize({ announcedBytes }: ScriptInput, bytes: number): Refusal {
  return new Refusal(
    'MALFORMED_REQUEST',
    `Cannot pass on the upload: ${announcedBytes} bytes were announced, ${bytes} came`,
    { wireMessage: 'The upload has another size than announced' },
  )
}

function brokenOff(cause: unknown): Refusal {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Refusal('MALFORMED_REQUEST', `Cannot pass on the upload: ${reason}`, {
    wireMessage: 'The upload broke off',
    cause,
  })
}
