import { type LeaseFormat, type LeaseParser, LeaseTable, type Span } from './lease.ts'

/** The longest line, in characters; a file without ends of lines is no lease file. */
const LINE_LENGTH_MAX = 65_536
/** What is kept of the end, in bytes, to see whether a file has only grown. */
const TAIL_BYTES = 256
/** What is shown of a line that is no lease. */
const SHOWN_LENGTH = 80

/** Lines that say nothing. */
export interface BadLines {
  readonly count: number
  /** From 1. */
  readonly firstNumber: number
  readonly firstText: string
}

/** A lease file as far as it has been read; takes bytes as they come. */
export class LeaseReading {
  readonly table = new LeaseTable()
  readonly #parser: LeaseParser
  #rest = ''
  #lineCount = 0
  #bytes = 0
  #tail: Buffer = Buffer.alloc(0)
  #bad: BadLines | undefined

  constructor(format: LeaseFormat) {
    this.#parser = format(this.table)
  }

  /** Bytes that were taken. */
  get bytes(): number {
    return this.#bytes
  }

  /** The last of them. */
  get tail(): Buffer {
    return this.#tail
  }

  get bad(): BadLines | undefined {
    return this.#bad
  }

  /** Takes what comes next; a line without an end waits for it. */
  take(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#tail = Buffer.from(
      Buffer.concat([this.#tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES),
    )
    // A byte a character: a chunk may end within one of UTF-8.
    const text = this.#rest + chunk.toString('latin1')
    const span: { -readonly [Name in keyof Span]: Span[Name] } = { text, start: 0, end: 0 }
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', span.start)) {
      span.end = end
      if (this.#parser.span?.(span) === true) this.#lineCount += 1
      else this.#line(text.slice(span.start, end))
      span.start = end + 1
    }
    this.#rest = text.slice(span.start)
    if (this.#rest.length > LINE_LENGTH_MAX) {
      this.#line(this.#rest)
      this.#rest = ''
    }
  }

  #line(text: string): void {
    this.#lineCount += 1
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (line.length <= LINE_LENGTH_MAX && this.#parser.line(line)) return
    const { firstNumber, firstText } = this.#bad ?? {
      firstNumber: this.#lineCount,
      firstText: line.slice(0, SHOWN_LENGTH),
    }
    this.#bad = { count: (this.#bad?.count ?? 0) + 1, firstNumber, firstText }
  }
}
