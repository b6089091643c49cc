import type { Refusal } from '../base/refusal.ts'
import type { RequestPath } from './request-path.ts'
import type { Route } from './route.ts'
import type { FrontName, Method } from './source.ts'

/** The subject of a client certificate that was verified. */
export interface CertificateSubject {
  readonly CN?: string | undefined
  readonly serialNumber?: string | undefined
  /** Host names beside the subject (RFC 5280 §4.2.1.6). */
  readonly alternativeNames?: readonly string[]
}

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
  /** Undefined when the client has shown none. */
  readonly certificate?: CertificateSubject | undefined
  /** The upload; null for a read. Nothing is taken from the client before the source pulls. */
  readonly body: ReadableStream<Uint8Array> | null
  /**
   * Aborted by the front when the client is gone, by the answerer when the deadline of an upload,
   * or of a file that is not shared, has passed.
   */
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
  /**
   * Resolves when the whole body is there, with its size in bytes. Undefined where nothing is kept
   * and only reading tells.
   */
  readonly whole?: () => Promise<number>
  /** A strong validator of the whole body, once it is there. Undefined as `whole` is. */
  readonly etag?: () => Promise<string>
  /** Gives up: nobody reads any more. Harmless at the end. */
  cancel(): void
}

/** How a rendition came to this client; for the journal. */
export interface RenditionUse {
  /** From the start of its making until it was whole, in ms; undefined before. */
  readonly generationMs: number | undefined
  /** True when the file was made for another request, or is for several. */
  readonly isShared: boolean
  /** True when it was there only after those who had asked for it were gone. */
  readonly isLate: boolean
  /** True when it is an earlier one: the current one failed, or is not there yet. */
  readonly isStale: boolean
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
  /** Id of the device that asks; undefined: nobody of the inventory. */
  readonly device: string | undefined
  /**
   * What told that it is this one: `path`, `lease`, `header`… Undefined where only names are asked.
   */
  readonly identifiedBy: string | undefined
  /** What speaks against it, in words. */
  readonly identityConflict: string | undefined
  readonly blockBytesMax: number | undefined
  readonly body: AnswerBody
  /** Undefined for what is no rendition: a file on disk, an upload. */
  readonly rendition?: RenditionUse
  /** The client has had the whole file: until then a rendition is kept for it. */
  delivered(): void
  /** What the source noted so far; read it when the request is over. */
  notes(): string | undefined
}

/** An answer that is being made. */
export interface Answering {
  /**
   * Never rejects: an expected failure is in `refusal`, a fault is logged with its stack and
   * becomes a refusal that says only "Internal error".
   */
  readonly answer: Promise<Answer>
  /**
   * The client will not wait any longer. @returns What to send it instead, as its route says;
   * undefined: nothing, the file is kept until it asks again. Never rejects.
   */
  late(): Promise<Answer | undefined>
  /** The client is gone. What is made for others, or for its next request, goes on. */
  cancel(): void
  /** The route whose source makes it; undefined before one was tried, and when none has it. */
  readonly route: Route | undefined
}

/** Routes a request and has its file made. The one door between the fronts and what is behind. */
export type Answerer = (ask: Ask) => Answering
