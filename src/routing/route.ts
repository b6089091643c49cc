import type { Pattern } from './pattern.ts'
import type { FrontName, Method, Source } from './source.ts'

/**
 * Who gets one and the same rendition of a file: `client`, who asks from the same address by the
 * same front; `device`, who asks as the same device; `all`; `never`, each request has its own,
 * which streams and is not kept.
 */
export type Share = 'client' | 'device' | 'all' | 'never'

/** What a client gets whose patience ends before its file is there. */
export type WhenLate = 'silence' | 'stale' | 'fallback' | 'error'

/** How a route's files are shared, kept and waited for. */
export interface Patience {
  /** Default `client`. */
  readonly share: Share
  /**
   * HTTP request headers that the source sees and that keep renditions apart, in lower case.
   * Undefined: for `client` all of them; else all but those that only tell of the HTTP client.
   */
  readonly varies?: readonly string[]
  /** How long a file nobody has had yet is kept, in ms, 0–86,400,000. Default 900,000. */
  readonly keepLateMs: number
  /** Default `silence`: the file is there when the device asks again. */
  readonly whenLate: WhenLate
  /** For `whenLate: fallback`: the path of the file that is sent instead. */
  readonly fallback?: string
  /** Files of this route that are made at once, 1–10,000. Undefined: only the server's limit. */
  readonly generatorsMax?: number
  /** Name of the client profile that this route's TFTP clients have; undefined: recognised. */
  readonly profile?: string
}

/** Which devices a route is for. */
export interface Audience {
  /** Only devices of this class, or of one that inherits it. Undefined: all that are known. */
  readonly class?: string
  /**
   * For those that are not known: the path of the file that they get. Undefined: the next route.
   */
  readonly unknown?: string
}

/** One line of the routing table: which names, by which door, are made by which source. */
export interface Route {
  /** Unique; shown in journal, log and `explain`. Default: the pattern as written. */
  readonly name: string
  readonly pattern: Pattern
  readonly methods: ReadonlySet<Method>
  readonly fronts: ReadonlySet<FrontName>
  readonly source: Source
  /** Which devices it is for; undefined: whoever asks. */
  readonly audience: Audience | undefined
  /**
   * How its files are shared, kept and waited for; undefined for files that are on disk already.
   */
  readonly patience: Patience | undefined
  /**
   * True for addresses whose devices may have their secrets in the clear; undefined: for none, so
   * that only an enrolment helps.
   */
  readonly mayHaveSecrets?: (clientAddress: string) => boolean
  /** True when making a file changes nothing and costs little: `explain` may try it. */
  readonly isTriable: boolean
  /** `static`, `cgi`, `handler`, `template`, and what stands behind it, for people: `cgi cgi/`. */
  readonly sourceName: string
  /** Where the route was written, `trivet.yaml:12`, or `folder convention`. */
  readonly origin: string
  /** Limit for making one file, in milliseconds, 1–3,600,000. Default 120,000. */
  readonly deadlineMs: number
  /** Largest upload taken, in bytes. Default 16 MiB. */
  readonly uploadBytesMax: number
  /** Cap on TFTP blksize for this route, in bytes, 8–65464; undefined: what the path carries. */
  readonly blockBytesMax?: number
}
