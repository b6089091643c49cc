/** Why secrets cannot be had. */
export type SecretErrorCode =
  /** There is no key, and what is kept needs one. */
  | 'KEY_MISSING'
  /** What should be a key is none, or others may read it. */
  | 'KEY_INVALID'
  /** The secret was encrypted with another key. */
  | 'KEY_WRONG'
  /** What is kept was changed by somebody else, or is under another name. */
  | 'DAMAGED'
  /** The name or the text is not allowed. */
  | 'NOT_ALLOWED'

/** An expected failure; the message never holds anything of a secret or a key. */
export class SecretError extends Error {
  readonly code: SecretErrorCode

  constructor(code: SecretErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'SecretError'
    this.code = code
  }
}
