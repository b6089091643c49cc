import type { Values } from '../inventory/value.ts'
import type { RequestPath } from './request-path.ts'

/** By which door a request came. */
export type FrontName = 'tftp' | 'http'

/** GET for a read (RRQ, GET, HEAD), PUT for a write (WRQ, PUT). */
export type Method = 'GET' | 'PUT'

/**
 * Who asks, by which door, and what the route found in the name.
 *
 * The only way for a source to know which front asked. A Hono app receives it as `c.env`.
 */
export interface RequestContext {
  /** Unique per request within one run of the server; the same in journal and log. */
  readonly id: string
  readonly front: FrontName
  /** Textual address without brackets. */
  readonly clientAddress: string
  readonly clientPort: number
  /** The address and port that were asked. */
  readonly localAddress: string
  readonly localPort: number
  /** `TFTP/1.0`, `HTTP/1.0` or `HTTP/1.1`. */
  readonly protocol: string
  /** TFTP options as asked, names in lower case, in the order asked. Empty for HTTP. */
  readonly tftpOptions: ReadonlyMap<string, string>
  /** The TFTP transfer mode; undefined for HTTP. */
  readonly tftpMode?: 'octet' | 'netascii'
  /** The name that was asked, normalised: the same by either front. */
  readonly path: RequestPath
  /** What the route's pattern captured, normalised by type (a `{mac}` is `00:11:22:aa:bb:cc`). */
  readonly params: Readonly<Record<string, string>>
  /**
   * The device that asks, as far as the name tells; undefined for one that is not in the inventory.
   * Looking at it makes the file depend on it: a kept one is made anew when the device, or a class
   * that it inherits, changes.
   */
  readonly device: KnownDevice | undefined
  /**
   * Bytes the client says it will upload (TFTP tsize, HTTP Content-Length); undefined when unknown.
   */
  readonly uploadBytes?: number
  /**
   * Aborted when nobody can use the file any more: the deadline has passed, its inputs changed
   * while nobody waits, the server stops. A read goes on when its client has gone: it will ask
   * again.
   */
  readonly signal: AbortSignal
  /** The route's limit for making the file, in milliseconds. */
  readonly deadlineMs: number
  /**
   * The answer "not mine": the next route is tried. A source returns it unread.
   */
  decline(): Response
  /**
   * Says what the file is made from, so that a kept one is made anew when that changes. Call it
   * before the answer is returned; the last call counts.
   */
  madeFrom(inputs: Inputs): void
  /**
   * Adds a line to this request's journal entry (a script's standard error, say). Bounded; the rest
   * is cut.
   */
  note(text: string): void
}

/** A device of the inventory, as a source sees it. Nothing of it may be changed. */
export interface KnownDevice {
  readonly id: string
  readonly name?: string
  readonly macs: readonly string[]
  readonly serial?: string
  readonly uuid?: string
  readonly addresses: readonly string[]
  /** The classes that it inherits, base first. */
  readonly classes: readonly string[]
  /** What it inherits and its own, merged; secrets in the clear. */
  readonly values: Values
  /**
   * Why secrets of its values are withheld; undefined: none is. To look at one is refused
   * (`ACCESS_DENIED`).
   */
  readonly withheld?: string
}

/** What a file was made from. */
export interface Inputs {
  /**
   * True while nothing of it has changed. Asked whenever the file is asked for again, so it must be
   * quick; it must not throw.
   */
  isCurrent(): boolean
  /**
   * True when the same inputs always give the same bytes: the file is then kept as long as they are
   * current. False: `Cache-Control` says how long, and a change ends it early.
   */
  readonly isComplete: boolean
}

/**
 * Anything that can make a file. A Hono app's `fetch` fits as it is.
 *
 * Refusals may be thrown (`Refusal`) or answered as a status; anything else thrown is a bug of the
 * source and answered as a failed generator.
 */
export type Source = (request: Request, context: RequestContext) => Response | Promise<Response>

/**
 * Marks a response as "not mine". A header rather than an object identity, because middleware and
 * CGI scripts can rebuild a response but keep its headers.
 */
export const DECLINE_HEADER = 'x-trivet-decline'

/** The answer "not mine". */
export function declineResponse(): Response {
  return new Response(null, { status: 404, headers: { [DECLINE_HEADER]: '1' } })
}

export function isDeclined(response: Response): boolean {
  return response.headers.has(DECLINE_HEADER)
}

/**
 * Marks a response that stands for another path of this server (CGI's local redirect, RFC 3875
 * §6.2.2): its value is an encoded path, with a query if there is one, and the routes are tried
 * again with it.
 */
export const INTERNAL_REDIRECT_HEADER = 'x-trivet-internal-redirect'

/**
 * Marks a response that gives the file another name: its value is an encoded path, with a query if
 * there is one, and the routes behind the one that answered so are tried with it.
 */
export const REWRITTEN_HEADER = 'x-trivet-rewritten'
