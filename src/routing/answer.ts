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
  /** The upload; null for a read. Nothing is read from the client before the source pulls. */
  readonly body: ReadableStream<Uint8Array> | null
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

/** Which route answered, and with what. */
export interface Answer {
  readonly response: Response
  readonly routeName: string
  readonly sourceName: string
  readonly params: Readonly<Record<string, string>>
  readonly blockBytesMax?: number
  /** What the source noted so far; read it when the request is over. */
  notes(): string | undefined
  /** To be called once, when the response was sent or given up: frees the deadline. */
  done(): void
}

/**
 * Routes a request and makes its file. The one door between the fronts and what is behind them.
 *
 * Rejects with a `Refusal`, whose `route` details are in `RefusedAnswer` when a route was chosen.
 */
export type Answerer = (ask: Ask) => Promise<Answer>
