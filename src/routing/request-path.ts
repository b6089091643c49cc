/**
 * The name a client asked for, in the one form that everything behind the fronts sees.
 *
 * Made only by `parseRequestPath` (TFTP: bytes with the query behind the first `?`) and
 * `parseHttpTarget` (percent-decoded once, then the same rule).
 */
export interface RequestPath {
  /**
   * Decoded text with one leading slash, no `..`, no NUL, no backslash, no doubled slash: for matching
   * and for looking up files. Bytes that are not UTF-8 are U+FFFD here.
   */
  readonly text: string
  /** Percent-encoded, exact to the byte, with one leading slash: for URLs. */
  readonly encoded: string
  /** What followed the first `?`, percent-encoded, without the `?`; empty if there was none. */
  readonly query: string
}
