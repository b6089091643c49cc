import type { RenditionUse } from '../routing/answer.ts'
import type { Head, Rendition } from './rendition.ts'
import { RenditionReader } from './rendition-reader.ts'

/** How a request came to a rendition. */
export interface ServedAs {
  /** True when the file was made, or is being made, for another request. */
  readonly isJoined: boolean
  readonly isLate: boolean
  readonly isStale: boolean
}

/** A rendition as one request gets it. */
export class Served implements RenditionUse {
  readonly reader: RenditionReader
  readonly #as: ServedAs
  readonly #onDelivered: (rendition: Rendition) => void

  constructor(rendition: Rendition, as: ServedAs, onDelivered: (rendition: Rendition) => void) {
    this.reader = new RenditionReader(rendition)
    this.#as = as
    this.#onDelivered = onDelivered
  }

  get rendition(): Rendition {
    return this.reader.rendition
  }

  get generationMs(): number | undefined {
    return this.rendition.generationMs
  }

  get isShared(): boolean {
    return this.#as.isJoined || this.rendition.hasBeenShared
  }

  get isLate(): boolean {
    return this.#as.isLate
  }

  get isStale(): boolean {
    return this.#as.isStale
  }

  /** Waits for status and headers. @throws {Refusal} When it cannot be made. */
  head(): Promise<Head> {
    return this.reader.head()
  }

  /** The client has had all of it. */
  delivered(): void {
    this.#onDelivered(this.rendition)
  }
}
