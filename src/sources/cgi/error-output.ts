import type { Readable } from 'node:stream'

/** Kept of a script's standard error, in bytes: its end, for that is where the reason stands. */
const KEPT_BYTES_MAX = 15 * 1024

/**
 * Takes what a script writes to standard error, for the journal. However much it is, the script
 * never waits.
 */
export class ErrorOutput {
  readonly #kept: Buffer[] = []
  #keptBytes = 0
  #isCut = false

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => this.#keep(chunk))
  }

  /**
   * What was written, printable; begins with an ellipsis when the beginning is gone. Empty when
   * nothing was.
   */
  get text(): string {
    const bytes = Buffer.concat(this.#kept)
    const end = bytes.subarray(Math.max(0, bytes.length - KEPT_BYTES_MAX))
    const text = end
      .toString('utf8')
      .replaceAll(/[^\P{Cc}\t\n]/gu, '')
      .trimEnd()
    return this.#isCut || end.length < bytes.length ? `…${text}` : text
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    for (;;) {
      const first = this.#kept[0]
      if (first === undefined || this.#keptBytes - first.length < KEPT_BYTES_MAX) return
      this.#kept.shift()
      this.#keptBytes -= first.length
      this.#isCut = true
    }
  }
}
