import type { RefusalCode } from '../base/refusal.ts'

/** How a request ended, for people: the same words for both fronts. */
export type RequestOutcome =
  /** The client has the whole file, or the upload was accepted. */
  | 'delivered'
  /** Answered, with nothing to deliver: a HEAD, a 304. */
  | 'answered'
  /** The client learned the size and left on purpose. Not an error. */
  | 'probe'
  /** Not found: expected, most devices walk a list of names. Not an error. */
  | 'missing'
  /** Refused for another reason. */
  | 'refused'
  /** The client ended it. */
  | 'aborted'
  /** The client fell silent. */
  | 'timed-out'
  /** The source failed, before or after the first byte. */
  | 'failed'
  /** The same client asked for something else from the same port. */
  | 'replaced'
  /** The server stopped. */
  | 'stopped'

/** One request and how it ended. Written once, when it is over. */
export interface JournalEntry {
  readonly id: string
  /** When it came, ISO 8601 with milliseconds. */
  readonly at: string
  readonly front: 'tftp' | 'http'
  /** `RRQ`, `WRQ`, `GET`, `HEAD`, `PUT`. */
  readonly method: string
  readonly client: { readonly address: string; readonly port: number }
  readonly local: { readonly address: string; readonly port: number }
  /** The normalised name; as sent (escaped) where it could not be normalised. */
  readonly path: string
  readonly query?: string
  readonly route?: string
  readonly source?: string
  readonly params?: Readonly<Record<string, string>>
  /** Id of the device of the inventory that asked. */
  readonly device?: string
  /** What told that: `path`, `lease`, `header`… */
  readonly identifiedBy?: string
  /** What spoke against it, in words. */
  readonly identityConflict?: string
  /** How an HTTP request was encrypted: `TLSv1.3`; absent when it was not. */
  readonly tls?: string
  /** The subject of the client's certificate, believed or not. */
  readonly certificate?: string
  /** Why that certificate is not believed. */
  readonly certificateProblem?: string
  readonly mode?: 'octet' | 'netascii'
  readonly optionsAsked?: Readonly<Record<string, string>>
  readonly optionsAcknowledged?: Readonly<Record<string, string>>
  readonly status?: number
  /** File bytes that reached the client, or were taken from it. */
  readonly bytes: number
  readonly retransmits?: number
  /** Repeated requests swallowed while the answer was made. */
  readonly repeats?: number
  /** What was done while the file was made: nothing, an early OACK, or PAUSE packets. */
  readonly hold?: 'silence' | 'oack' | 'pause'
  /** As what kind of client it was held: a client profile, `a or b`, or `unknown`. */
  readonly profile?: string
  /** How long such a client waits, in ms; absent when it is not known, or for ever. */
  readonly clientLimitMs?: number
  /** From the start of the file's making until it was whole, in ms. */
  readonly generationMs?: number
  /** True when the file was made for another request, or for several. */
  readonly shared?: true
  /**
   * True when the file came only after those who had asked for it were gone, or when this client's
   * patience ended first.
   */
  readonly late?: true
  /** True when an earlier file was sent, the current one having failed or not being there. */
  readonly stale?: true
  /** From the request until the first byte of the answer left, in ms. */
  readonly firstByteMs?: number
  /** From the request to the end, in ms. */
  readonly durationMs: number
  readonly outcome: RequestOutcome
  /** True for a miss that no one need look at: devices ask for such names on purpose. */
  readonly isExpected?: true
  readonly refusal?: RefusalCode
  /** Why, in a sentence; never sent to the client. */
  readonly detail?: string
  /** What the source noted: standard error of a script. */
  readonly notes?: string
}

/** Takes what happened. Never throws, never waits. */
export interface Journal {
  record(entry: JournalEntry): void
}
