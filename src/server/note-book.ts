/** What one request may note in the journal, in characters. */
const NOTES_CHARS_MAX = 16_384

/** What a source notes for the journal, up to a limit. */
export class NoteBook {
  readonly #notes: string[] = []
  #chars = 0

  /** Undefined when nothing was noted. */
  get text(): string | undefined {
    return this.#notes.length > 0 ? this.#notes.join('\n') : undefined
  }

  add(text: string): void {
    const room = NOTES_CHARS_MAX - this.#chars
    if (room <= 0) return
    const kept = text.length > room ? `${text.slice(0, room)}…` : text
    this.#notes.push(kept)
    this.#chars += kept.length
  }
}
