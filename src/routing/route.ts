import type { Pattern } from './pattern.ts'
import type { FrontName, Method, Source } from './source.ts'

/** One line of the routing table: which names, by which door, are made by which source. */
export interface Route {
  /** Unique; shown in journal, log and `explain`. Default: the pattern as written. */
  readonly name: string
  readonly pattern: Pattern
  readonly methods: ReadonlySet<Method>
  readonly fronts: ReadonlySet<FrontName>
  readonly source: Source
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
