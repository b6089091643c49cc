import { Refusal } from '../../base/refusal.ts'
import { cgiFields, type CgiField, parseHeader } from './header-fields.ts'

/** Whether output begins with a header. `auto`: only if it looks like one from beginning to end. */
export type CgiHeaderMode = 'auto' | 'always' | 'never'

/** The output is a file: with what its header says, if it has one. */
export interface CgiDocument {
  readonly kind: 'document'
  /** 200–599. */
  readonly status: number
  readonly fields: readonly CgiField[]
  /** The body as far as it has come; the rest follows as it is. */
  readonly body: Uint8Array
}

/** The output names another path of this server, whose answer is the answer (RFC 3875 §6.2.2). */
export interface CgiLocalRedirect {
  readonly kind: 'localRedirect'
  /** Encoded path, with a query if there is one. */
  readonly target: string
}

export type CgiResponse = CgiDocument | CgiLocalRedirect

/** More output is needed to tell. */
export interface CgiPending {
  readonly kind: 'pending'
}

/** Where a header must have ended, in bytes. */
const HEADER_BYTES_MAX = 8192

const LF = 0x0a
const CR = 0x0d
const pending: CgiPending = { kind: 'pending' }

/**
 * Tells header from body in what a script prints, chunk by chunk: push until it is decided, or end.
 *
 * However the output is cut into chunks, the answer and the bytes of the body are the same. In
 * `auto`, output is a body as a whole unless its first line is Content-Type, Status or Location,
 * each line up to a blank one within 8 KiB is a well-formed field, and what the three say makes
 * sense: many a configuration begins with `Key: value`.
 *
 * @see RFC 3875 §6
 */
export class CgiResponseReader {
  readonly #mode: CgiHeaderMode
  #seen = new Uint8Array(0)

  constructor(mode: CgiHeaderMode) {
    this.#mode = mode
  }

  /**
   * Takes the next chunk of output. Not to be called once the answer is given.
   *
   * @throws {Refusal} `GENERATOR_FAILED` in `always` when the header is malformed.
   */
  push(chunk: Uint8Array): CgiResponse | CgiPending {
    this.#seen = joined(this.#seen, chunk)
    if (this.#isPlain()) return this.#plain()
    const header = headerEnd(this.#seen)
    if (header !== undefined) return this.#decide(header)
    return this.#seen.length < HEADER_BYTES_MAX ? pending : this.#headless()
  }

  /**
   * The output is over before it was decided.
   *
   * @throws {Refusal} As `push`.
   */
  end(): CgiResponse {
    return this.#mode === 'never' ? this.#plain() : this.#headless()
  }

  /** True when no header can be there, whatever follows. */
  #isPlain(): boolean {
    return this.#mode === 'never' || (this.#mode === 'auto' && !mayBecomeHeader(this.#seen))
  }

  #decide({ blockBytes, bodyAt }: HeaderEnd): CgiResponse {
    const header = parseHeader(this.#seen.subarray(0, blockBytes))
    if ('problem' in header) {
      if (this.#mode === 'auto') return this.#plain()
      throw malformed(header.problem)
    }
    const { status, fields, localTarget } = header
    if (localTarget !== undefined) return { kind: 'localRedirect', target: localTarget }
    return { kind: 'document', status, fields, body: this.#seen.subarray(bodyAt) }
  }

  #headless(): CgiResponse {
    if (this.#mode === 'auto') return this.#plain()
    const { length } = this.#seen
    if (length === 0) throw malformed('the script printed nothing')
    throw malformed(`no blank line in the first ${Math.min(length, HEADER_BYTES_MAX)} bytes`)
  }

  #plain(): CgiDocument {
    return { kind: 'document', status: 200, fields: [], body: this.#seen }
  }
}

interface HeaderEnd {
  /** Length of the header without the blank line. */
  readonly blockBytes: number
  readonly bodyAt: number
}

/** Finds the first blank line that ends within the limit; line ends are LF or CRLF. */
function headerEnd(bytes: Uint8Array): HeaderEnd | undefined {
  const within = bytes.subarray(0, HEADER_BYTES_MAX)
  for (let start = 0; ; ) {
    const end = within.indexOf(LF, start)
    if (end < 0) return undefined
    const isBlank = end === start || (end === start + 1 && within[start] === CR)
    if (isBlank) return { blockBytes: start, bodyAt: end + 1 }
    start = end + 1
  }
}

/**
 * True when output begins with one of the three names and a colon, or with the first part of that.
 */
function mayBecomeHeader(bytes: Uint8Array): boolean {
  return cgiFields.some((name) => {
    const wanted = `${name}:`
    const length = Math.min(wanted.length, bytes.length)
    const text = String.fromCharCode(...bytes.subarray(0, length)).toLowerCase()
    return wanted.startsWith(text)
  })
}

function joined(head: Uint8Array<ArrayBuffer>, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(head.length + tail.length)
  both.set(head)
  both.set(tail, head.length)
  return both
}

function malformed(found: string): Refusal {
  return new Refusal(
    'GENERATOR_FAILED',
    `Cannot read the header of the script's output: ${found}`,
    {
      wireMessage: 'The file could not be made',
    },
  )
}
