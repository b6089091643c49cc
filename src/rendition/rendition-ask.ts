import type { Patience } from '../routing/route.ts'
import type { Rendition } from './rendition.ts'

/** Who wants which file, and how it is made. */
export interface RenditionAsk {
  /** Equal for those that share: `shareKey`. */
  readonly key: string
  /** Without its query: an upload to it ends what is kept. */
  readonly path: string
  readonly route: string
  readonly patience: Patience
  /** Limit from the start of its making to its last byte, in ms. */
  readonly deadlineMs: number
  readonly clientAddress: string
  /** What the source sees of the request. */
  readonly requestHeaders: Headers
  /** Asks the source; called at most once, for the first of those that share. */
  readonly make: (rendition: Rendition, signalOf: () => AbortSignal) => Response | Promise<Response>
}
