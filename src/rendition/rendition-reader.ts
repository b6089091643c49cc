import type { AnswerBody } from '../routing/answer.ts'
import type { Head, Rendition } from './rendition.ts'

/** One request's view of a rendition: its head, then its bytes from the beginning. */
export class RenditionReader implements AnswerBody {
  readonly rendition: Rendition
  readonly #cursor = { offset: 0, index: 0 }
  #isClosed = false

  constructor(rendition: Rendition) {
    this.rendition = rendition
    rendition.opened()
  }

  /** Waits for status and headers. @throws {Refusal} When it cannot be made. */
  head(): Promise<Head> {
    return this.rendition.answer()
  }

  /** Waits until all is there. @returns The size in bytes. @throws {Refusal} When it fails. */
  async whole(): Promise<number> {
    const { rendition } = this
    while (rendition.state === 'making') await rendition.change()
    if (rendition.refusal !== undefined) throw rendition.refusal
    return rendition.bytes.sizeBytes
  }

  etag(): Promise<string> {
    return this.rendition.etag()
  }

  /** The memory of the caller is not used: what is read here belongs to everybody. */
  async read(): Promise<Uint8Array | undefined> {
    const { rendition } = this
    for (;;) {
      if (this.#isClosed) return undefined
      const chunk = rendition.next(this.#cursor)
      if (chunk !== undefined) return chunk
      if (rendition.refusal !== undefined) throw rendition.refusal
      if (rendition.state === 'whole') return undefined
      await rendition.change()
    }
  }

  /** Harmless when repeated. */
  cancel(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.rendition.closed()
  }
}
