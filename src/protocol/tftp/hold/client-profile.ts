/**
 * How a kind of TFTP client behaves while it waits for its file: the shape of a row of
 * `clientProfiles`.
 */

/** An option of a request, as a kind of client sends it. */
export interface OptionPattern {
  /** In lower case. */
  readonly name: string
  /** Where the client always sends the same; undefined: whatever it was told, or works out. */
  readonly value?: string
  /** True where it is sent by some builds or settings only. Default false. */
  readonly isOptional?: boolean
}

/** The options of a request, complete and in wire order. Empty: a request without options. */
export type OptionLine = readonly OptionPattern[]

/** When a client that hears nothing sends its request again. */
export type Rhythm =
  /** At these moments, in ms since the first request. */
  | {
      readonly kind: 'moments'
      readonly repeatsMs: readonly number[]
      /** A wait was seen, or is feared, to last this many times as long. From 1. */
      readonly stretch: number
    }
  | {
      readonly kind: 'periodic'
      /** Between two requests, in ms; the jitter of the network comes on top. */
      readonly periodMsMin: number
      readonly periodMsMax: number
      /** Where the first wait can be shorter than the others, in ms. */
      readonly firstMsMin?: number
      /** Requests after the first one. */
      readonly repeatsMax: number
    }
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' }

/** What a kind of client does while it waits. */
export interface ClientProfile {
  /** Kebab-case; what the configuration and the journal say. */
  readonly name: string
  /** For people. */
  readonly title: string
  /** The option lines it sends, one of which must fit. Empty: used only where it is configured. */
  readonly optionLines: readonly OptionLine[]
  readonly rhythm: Rhythm
  /** How long it waits, in ms from its first request, if it hears nothing at all. */
  readonly silenceMsMax: number
  /** What it does with an OACK that leaves out the tsize it asked for: `needed` means it fails. */
  readonly tsize: 'needed' | 'optional' | 'not-asked'
  /**
   * What a second OACK does to it: `keeps` it waiting for as long as they come, is `harmless` but
   * moves nothing, or it `aborts`; `not-possible` where it ends at the first, or asks no options.
   */
  readonly repeatedOack: 'keeps' | 'harmless' | 'aborts' | 'not-possible' | 'unknown'
  /**
   * How long it waits once it has answered an OACK, in ms from its first request. Undefined: as
   * `silenceMsMax`, or for ever where repeated OACKs keep it.
   */
  readonly oackMsMax?: number
  /** False where an ERROR after an OACK is ignored, or nobody has looked. */
  readonly isErrorHeardAfterOack: boolean
  /**
   * When the hold OACK is due, in ms from the first request: so early that at least one more
   * request would follow if it is lost. Undefined: an OACK before the bytes gains nothing.
   */
  readonly holdOackMs?: number
  /**
   * True where even an OACK without a single option restarts its wait, and is otherwise taken for
   * nothing: that holds it where there is nothing to acknowledge yet. Default false.
   */
  readonly heedsEmptyOack?: boolean
  /** Where this is known from, in words. */
  readonly source: string
  readonly note?: string
}
