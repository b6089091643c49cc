import type { RefusalCode } from '../../base/refusal.ts'
import type { ListenAddress } from '../../config/site.ts'
import type { JournalEntry } from '../../observe/journal.ts'
import type { Ask, RenditionUse } from '../../routing/answer.ts'

/** What of a request crosses to where files are made: TFTP has no headers. */
export type SentAsk = Omit<Ask, 'headers' | 'body' | 'controller'>

/** A refusal as it crosses between threads. */
export interface SentRefusal {
  readonly code: RefusalCode
  readonly message: string
  readonly wireMessage: string
}

/** An answer without its body. Bodies are read by their number. */
export interface SentAnswer {
  readonly body: number
  readonly status: number | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly refusal: SentRefusal | undefined
  readonly routeName: string | undefined
  readonly sourceName: string | undefined
  readonly params: Readonly<Record<string, string>> | undefined
  readonly device: string | undefined
  readonly identifiedBy: string | undefined
  readonly identityConflict: string | undefined
  readonly blockBytesMax: number | undefined
  readonly rendition: RenditionUse | undefined
  /** True when the size can be waited for. */
  readonly hasWhole: boolean
  /** The first chunk, when it was there at once. */
  readonly first: Uint8Array | undefined
  /** True when nothing follows the first chunk. */
  readonly isEnd: boolean
}

/** What a route says that the protocol needs while it holds. */
export interface SentRoute {
  readonly profile: string | undefined
  readonly blockBytesMax: number | undefined
}

/** From a worker, which speaks TFTP, to where files are made. `id` is that of a request. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly listeners: readonly ListenAddress[] }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'log'
      readonly level: LogLevel
      readonly fields: object
      readonly text: string
    }
  | { readonly kind: 'ask'; readonly ask: SentAsk; readonly hasUpload: boolean }
  | { readonly kind: 'late'; readonly id: string }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'read'; readonly id: string; readonly body: number }
  | { readonly kind: 'whole'; readonly id: string; readonly body: number }
  | { readonly kind: 'leave'; readonly id: string; readonly body: number }
  | { readonly kind: 'delivered'; readonly id: string; readonly body: number }
  | { readonly kind: 'upload'; readonly id: string; readonly bytes: Uint8Array }
  | { readonly kind: 'uploadEnd'; readonly id: string; readonly error: string | undefined }
  /** The request is over. */
  | { readonly kind: 'entry'; readonly entry: JournalEntry }

/** From where files are made to a worker. */
export type ToWorker =
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'route'; readonly id: string; readonly route: SentRoute }
  | { readonly kind: 'answer'; readonly id: string; readonly answer: SentAnswer }
  /** What the client gets whose patience has ended; undefined: nothing. */
  | { readonly kind: 'instead'; readonly id: string; readonly answer: SentAnswer | undefined }
  | {
      readonly kind: 'chunk'
      readonly id: string
      readonly body: number
      /** Undefined at the end. */
      readonly bytes: Uint8Array | undefined
      readonly refusal: SentRefusal | undefined
    }
  | {
      readonly kind: 'size'
      readonly id: string
      readonly body: number
      readonly bytes: number | undefined
      readonly refusal: SentRefusal | undefined
    }
  /** The source wants more of the upload; or none any more. */
  | { readonly kind: 'pull'; readonly id: string; readonly isOver: boolean }

export type LogLevel = 'warn' | 'error'
