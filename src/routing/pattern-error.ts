/** A pattern that cannot be read. The message says what was found, where, and what is allowed. */
export class PatternError extends Error {
  /** @param source - The pattern as written. */
  constructor(source: string, found: string) {
    super(`Cannot read the pattern "${source}": ${found}`)
    this.name = 'PatternError'
  }
}
