/** Kept of what an application says on its error stream, in bytes: the end. */
const KEPT_BYTES_MAX = 15 * 1024

/** Takes what an application says on its error stream, for the journal. */
export class ErrorOutput {
  readonly #failureText: Buffer
  #kept = Buffer.alloc(0)
  #isCut = false
  #isFailure = false

  /** @param failureText - Means that the file is not whole; empty: nothing does. */
  constructor(failureText: string) {
    this.#failureText = Buffer.from(failureText)
  }

  /** True once the failure text was among it. */
  get isFailure(): boolean {
    return this.#isFailure
  }

  /** What was said, printable; begins with an ellipsis when the beginning is gone. */
  get text(): string {
    const text = this.#kept
      .toString('utf8')
      .replaceAll(/[^\P{Cc}\t\n]/gu, '')
      .trimEnd()
    return this.#isCut ? `…${text}` : text
  }

  push(bytes: Uint8Array): void {
    // The text may be cut between two chunks: what is kept is longer than it.
    const all = Buffer.concat([this.#kept, bytes])
    const wanted = this.#failureText
    const from = Math.max(0, this.#kept.length - wanted.length)
    if (wanted.length > 0 && all.includes(wanted, from)) this.#isFailure = true
    this.#isCut ||= all.length > KEPT_BYTES_MAX
    this.#kept = all.subarray(Math.max(0, all.length - KEPT_BYTES_MAX))
  }
}
