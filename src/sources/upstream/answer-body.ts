import type { Refusal } from '../../base/refusal.ts'
import type { Reply } from './http-client.ts'

/** Bodies up to this size are collected, in bytes: a failure is a clean refusal then. */
const COLLECTED_BYTES_MAX = 64 * 1024

export interface AnswerBodyOptions {
  /** The Content-Length; undefined when there is none. */
  readonly announcedBytes: number | undefined
  readonly bytesMax: number
  /** Up to this size the chunks are given to `whole`; 0: they are not wanted. */
  readonly keptBytesMax: number
  /** Called with the whole body, when it is short enough. */
  readonly whole: (chunks: readonly Uint8Array[], bytes: number) => void
  /** Puts what went wrong into words. */
  readonly asRefusal: (error: unknown) => Refusal
  readonly tooLarge: () => Refusal
  readonly wrongLength: (bytes: number) => Refusal
}

/** Reads the body of an answer, and lets nothing that is not whole look as if it were. */
export class AnswerBody {
  readonly #reply: Reply
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #options: AnswerBodyOptions
  #kept: Uint8Array[] | undefined
  #bytes = 0

  constructor(reply: Reply, options: AnswerBodyOptions) {
    this.#reply = reply
    this.#options = options
    this.#chunks = reply.body[Symbol.asyncIterator]()
    this.#kept = options.keptBytesMax > 0 ? [] : undefined
  }

  /** All of it if it is short, else a stream that is read as fast as its reader. */
  async take(): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
    const collected: Uint8Array[] = []
    const { announcedBytes, bytesMax } = this.#options
    if ((announcedBytes ?? 0) > bytesMax) throw this.#end(this.#options.tooLarge())
    const collectedMax = (announcedBytes ?? 0) > COLLECTED_BYTES_MAX ? -1 : COLLECTED_BYTES_MAX
    while (this.#bytes <= collectedMax) {
      const chunk = await this.#read()
      if (chunk === undefined) return Buffer.concat(collected)
      collected.push(chunk)
    }
    return this.#stream(collected)
  }

  #stream(collected: Uint8Array[]): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = collected.shift() ?? (await this.#read())
          if (chunk === undefined) controller.close()
          else controller.enqueue(chunk)
        },
        cancel: () => {
          this.#reply.body.destroy()
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Undefined at the end, which is the right one. */
  async #read(): Promise<Uint8Array | undefined> {
    const { announcedBytes, bytesMax } = this.#options
    const { done, value } = await this.#next()
    this.#bytes += done ? 0 : value.length
    const isWrong = done
      ? this.#bytes !== announcedBytes
      : this.#bytes > (announcedBytes ?? Infinity)
    if (announcedBytes !== undefined && isWrong) {
      throw this.#end(this.#options.wrongLength(this.#bytes))
    }
    if (this.#bytes > bytesMax) throw this.#end(this.#options.tooLarge())
    if (done) {
      if (this.#kept !== undefined) this.#options.whole(this.#kept, this.#bytes)
      return undefined
    }
    this.#keep(value)
    return value
  }

  async #next(): Promise<IteratorResult<Uint8Array, unknown>> {
    try {
      return await this.#chunks.next()
    } catch (error) {
      throw this.#options.asRefusal(error)
    }
  }

  /** A copy: whoever reads the stream may use the memory of a chunk again. */
  #keep(chunk: Uint8Array): void {
    if (this.#kept === undefined) return
    if (this.#bytes > this.#options.keptBytesMax) this.#kept = undefined
    else this.#kept.push(chunk.slice())
  }

  #end(refusal: Refusal): Refusal {
    this.#reply.body.destroy()
    return refusal
  }
}
