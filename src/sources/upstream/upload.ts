import { Refusal } from '../../base/refusal.ts'
import { refusalOf } from './failure.ts'

/**
 * An upload on its way to an upstream, read no faster than that takes it. It can be offered to one
 * upstream after the other as long as none has begun to read it.
 */
export class Upload {
  readonly #body: ReadableStream<Uint8Array>
  /** What the client said it would send, in bytes; undefined when it did not. */
  readonly announcedBytes: number | undefined
  #hasBegun = false
  #failure: Refusal | undefined

  constructor(body: ReadableStream<Uint8Array>, announcedBytes: number | undefined) {
    this.#body = body
    this.announcedBytes = announcedBytes
  }

  /** True when some of it has been read: it cannot be sent again. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** What went wrong on the client's side; the upstream cannot be blamed for it. */
  get failure(): Refusal | undefined {
    return this.#failure
  }

  /** Reads it, and leaves it open: what nobody reads stays with the client. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    this.#hasBegun = true
    const reader = this.#body.getReader()
    let bytes = 0
    try {
      for (;;) {
        const { done, value } = await reader.read()
        bytes += value?.length ?? 0
        if (this.#isWrong(bytes, done)) throw this.#wrongSize(bytes)
        if (done) return
        yield value
      }
    } catch (error) {
      this.#failure = asRefusal(error)
      throw this.#failure
    } finally {
      reader.releaseLock()
    }
  }

  #isWrong(bytes: number, isWhole: boolean): boolean {
    if (this.announcedBytes === undefined) return false
    return isWhole ? bytes !== this.announcedBytes : bytes > this.announcedBytes
  }

  #wrongSize(bytes: number): Refusal {
    const message = `Cannot pass on the upload: ${this.announcedBytes} bytes were announced, ${bytes} came`
    return refusalOf('MALFORMED_REQUEST', { message })
  }
}

function asRefusal(cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return refusalOf('MALFORMED_REQUEST', { message: `Cannot pass on the upload: ${reason}`, cause })
}
