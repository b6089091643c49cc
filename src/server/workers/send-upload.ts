import type { FromWorker } from './messages.ts'

/**
 * Sends an upload to the thread of its source, a chunk for each time that it pulls.
 *
 * @returns To be called when the source pulls, or wants no more.
 */
export function sendUpload(
  body: ReadableStream<Uint8Array>,
  { id, send }: { readonly id: string; readonly send: (message: FromWorker) => void },
): (isOver: boolean) => void {
  const reader = body.getReader()
  const pull = async (): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      if (done) send({ kind: 'uploadEnd', id, error: undefined })
      else send({ kind: 'upload', id, bytes: value })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      send({ kind: 'uploadEnd', id, error: reason })
    }
  }
  return (isOver) => {
    if (isOver) void reader.cancel().catch(() => {})
    else void pull()
  }
}
