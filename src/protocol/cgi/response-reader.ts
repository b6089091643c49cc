import { Refusal } from '../../base/refusal.ts'

/** Whether a script's output begins with a header. */
export type HeaderMode = 'auto' | 'always' | 'never'

/** A script's output, header apart from body. */
export interface CgiOutput {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** RFC 3875 §6.2.2: the answer is that of another path of this server. */
  readonly localRedirect: string | undefined
  /** The first bytes of the body, after the header. */
  readonly body: Uint8Array
}

/** A header ends within this many bytes, or there is none. */
export const HEADER_BYTES_MAX = 8 * 1024

const LF = 10
const CR = 13
/** What the first line of a header begins with in mode `auto`: many a configuration begins with `Key: value`. */
const FIRST_LINE = /^(?:content-type|status|location)[ \t]*:/i
const FIRST_NAME_BYTES_MAX = 64

/**
 * Tells a script's header from its body, as the bytes come.
 *
 * Feed chunks until `output` is there; what comes later is body.
 */
export class CgiResponseReader {
  readonly #mode: HeaderMode
  #bytes = new Uint8Array(0)
  output: CgiOutput | undefined

  constructor(mode: HeaderMode) {
    this.#mode = mode
  }

  /**
   * Takes the next bytes.
   *
   * @throws {Refusal} `GENERATOR_FAILED` in mode `always`, when the header is not one.
   */
  feed(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + chunk.length)
    joined.set(this.#bytes)
    joined.set(chunk, this.#bytes.length)
    this.#bytes = joined
    this.#decide(false)
  }

  /** No more bytes come: whatever is there is decided. */
  end(): CgiOutput {
    this.#decide(true)
    return this.output ?? plain(this.#bytes)
  }

  #decide(isEnd: boolean): void {
    if (this.#mode === 'never' || (this.#mode === 'auto' && !this.#mayBeHeader())) {
      this.output = plain(this.#bytes)
      return
    }
    const end = endOfHeader(this.#bytes)
    if (end !== undefined) this.output = this.#parse(end)
    else if (isEnd || this.#bytes.length >= HEADER_BYTES_MAX) this.output = this.#noHeader()
  }

  #mayBeHeader(): boolean {
    const line = firstLine(this.#bytes)
    if (line.isWhole || line.text.length >= FIRST_NAME_BYTES_MAX) return FIRST_LINE.test(line.text)
    const name = line.text.toLowerCase()
    return ['content-type', 'status', 'location'].some(
      (one) => one.startsWith(name) || name.startsWith(one),
    )
  }

  #parse(end: { readonly header: number; readonly body: number }): CgiOutput {
    const text = new TextDecoder('latin1').decode(this.#bytes.subarray(0, end.header))
    const lines = text.split(/\r?\n/).filter((line) => line !== '')
    const pairs = lines.map(parseLine)
    const bad = lines[pairs.indexOf(undefined)]
    if (bad !== undefined) {
      if (this.#mode === 'auto') return plain(this.#bytes)
      throw notAHeader(`the line "${bad.slice(0, 60)}"`)
    }
    const headers = pairs.filter((pair) => pair !== undefined)
    return interpret(headers, this.#bytes.subarray(end.body))
  }

  #noHeader(): CgiOutput {
    if (this.#mode === 'auto') return plain(this.#bytes)
    throw notAHeader(`no blank line within ${HEADER_BYTES_MAX} bytes`)
  }
}

function plain(body: Uint8Array): CgiOutput {
  return { status: 200, headers: [], localRedirect: undefined, body }
}

function firstLine(bytes: Uint8Array): { text: string; isWhole: boolean } {
  const end = bytes.indexOf(LF)
  const line = bytes.subarray(0, end < 0 ? FIRST_NAME_BYTES_MAX : end)
  return { text: new TextDecoder('latin1').decode(line), isWhole: end >= 0 }
}

/** Finds the blank line, after LF or CR LF line ends. */
function endOfHeader(bytes: Uint8Array): { header: number; body: number } | undefined {
  let start = 0
  for (let at = 0; at < Math.min(bytes.length, HEADER_BYTES_MAX); at += 1) {
    if (bytes[at] !== LF) continue
    const isBlank = at === start || (at === start + 1 && bytes[start] === CR)
    if (isBlank) return { header: start, body: at + 1 }
    start = at + 1
  }
  return undefined
}

type Pair = readonly [string, string]

function parseLine(line: string): Pair | undefined {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line)
  const [, name, value] = found ?? []
  return name === undefined || value === undefined ? undefined : [name, value]
}

function interpret(pairs: readonly Pair[], body: Uint8Array): CgiOutput {
  const find = (name: string): string | undefined =>
    pairs.find(([one]) => one.toLowerCase() === name)?.[1]
  const location = find('location')
  const status = Number.parseInt(find('status') ?? '', 10)
  const headers = pairs.filter(([name]) => name.toLowerCase() !== 'status')
  if (location?.startsWith('/') === true && Number.isNaN(status)) {
    return { status: 200, headers: [], localRedirect: location, body }
  }
  const fallback = location === undefined ? 200 : 302
  const isStatus = status >= 200 && status <= 599
  return { status: isStatus ? status : fallback, headers, localRedirect: undefined, body }
}

function notAHeader(found: string): Refusal {
  return new Refusal('GENERATOR_FAILED', `Cannot read the script's header: found ${found}`, {
    wireMessage: 'The script failed',
  })
}
