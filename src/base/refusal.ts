/**
 * An expected "no": something the client may be told.
 *
 * Each front owns one table from these codes to its own (TFTP ERROR numbers, HTTP statuses), and
 * the compiler completes it.
 */
export type RefusalCode =
  /** No route, or no file behind the route. */
  | 'FILE_NOT_FOUND'
  /** The file exists or might, but not for this client, this method or this name. */
  | 'ACCESS_DENIED'
  /** The route is there, but does not take this method (an upload to a read-only route). */
  | 'METHOD_NOT_ALLOWED'
  /** An upload, or a generated file, is over its limit. */
  | 'TOO_LARGE'
  /** An upload finds no room: the disk is full, or its writer's quota used up. */
  | 'STORAGE_FULL'
  /**
   * The request itself is wrong: a name with NUL or `..`, an unknown mode, bad UTF-8 in a query.
   */
  | 'MALFORMED_REQUEST'
  /** An upload would overwrite what must stay. */
  | 'FILE_EXISTS'
  /** A TFTP option cannot be granted (RFC 2347 §5). */
  | 'OPTION_REFUSED'
  /**
   * A script, template or handler failed. Never "not found": a device that walks names would go on.
   */
  | 'GENERATOR_FAILED'
  /** A script, template or handler was not done by its deadline. */
  | 'GENERATOR_TIMEOUT'
  /** The file is still being made and the client can wait no longer; asking again later helps. */
  | 'NOT_READY'
  /** A limit on concurrent work is reached; asking again later helps. */
  | 'BUSY'

/**
 * Thrown where an expected failure ends the work on a request.
 *
 * The message goes to the journal; `wireMessage` to the client. Neither a stack nor a script's
 * standard error may be part of the latter.
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** What the client is told, in at most some 100 characters of ASCII. Default: the message. */
  readonly wireMessage: string

  constructor(
    code: RefusalCode,
    message: string,
    options?: { wireMessage?: string; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.wireMessage = options?.wireMessage ?? message
  }
}
