import type { Refusal } from '../base/refusal.ts'
import type { RequestPath } from './request-path.ts'
import type { FrontName, Method } from './source.ts'

/** What a front knows of a request before a route is chosen. */
export interface Ask {
  readonly id: string
  readonly front: FrontName
  readonly method: Method
  readonly path: RequestPath
  readonly clientAddress: string
  readonly clientPort: number
  readonly localAddress: string
  readonly localPort: number
  readonly protocol: string
  readonly tftpOptions: ReadonlyMap<string, string>
  readonly tftpMode?: 'octet' | 'netascii'
  readonly uploadBytes?: number
  /** HTTP request headers; empty for TFTP. */
  readonly headers: Headers
  /** The upload; null for a read. Nothing is taken from the client before the source pulls. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Aborted by the front when the client is gone, by the answerer when the deadline has passed. */
  readonly controller: AbortController
}

/** Reads what a source made, chunk by chunk, within the route's deadline. */
export interface AnswerBody {
  /**
   * The next chunk, never empty; undefined at the end.
   *
   * `spare` is memory that the caller no longer needs: a source that can fills it. It must not be
   * used afterwards but through the chunk.
   *
   * Rejects with a `Refusal`: `GENERATOR_TIMEOUT` when the source has kept the reader waiting for
   * longer than the deadline in all, `GENERATOR_FAILED` when it failed.
   */
  read(spare?: ArrayBuffer): Promise<Uint8Array | undefined>
  /** Gives up: the source is told that nobody reads. Harmless at the end. */
  cancel(): void
}

/** Which route took the request, and what came of it. */
export interface Answer {
  /** The answer's status and headers; undefined when refused. */
  readonly response: Response | undefined
  readonly refusal: Refusal | undefined
  /** Undefined when no route took the request. */
  readonly routeName: string | undefined
  readonly sourceName: string | undefined
  readonly params: Readonly<Record<string, string>> | undefined
  readonly blockBytesMax: number | undefined
  readonly body: AnswerBody
  /** What the source noted so far; read it when the request is over. */
  notes(): string | undefined
}

/**
 * Routes a request and has its file made. The one door between the fronts and what is behind them.
 *
 * Never rejects: an expected failure is in `refusal`, a fault is logged with its stack and becomes
 * a refusal that says only "Internal error".
 */
export type Answerer = (ask: Ask) => Promise<Answer>
