/**
 * One header field, its name as written, its value without the space around it, each char one byte.
 */
export type CgiField = readonly [name: string, value: string]

/** A header that makes sense. */
export interface CgiHeader {
  /** 200–599. */
  readonly status: number
  /** All but Status, and what concerns only the connection. */
  readonly fields: readonly CgiField[]
  /** Encoded path with a query if there is one: the server answers with that (RFC 3875 §6.2.2). */
  readonly localTarget: string | undefined
}

/** Why a header makes none, as half a sentence. */
export interface HeaderProblem {
  readonly problem: string
}

/** What of a line is shown in a message, in characters. */
const SHOWN_CHARS_MAX = 80

const LF = 0x0a

/** What makes output a CGI response; at least one, none twice (RFC 3875 §6.3). */
export const cgiFields = ['content-type', 'location', 'status'] as const

/** What concerns the connection is the server's business (RFC 3875 §6.3.4). */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+[\t ]*(;.*)?$/
const STATUS = /^([2-5]\d\d)(?:[\t ].*)?$/
const LOCAL_PATH = /^\/[\x21-\x7e\x80-\xff]*$/
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e\x80-\xff]+$/

/**
 * Reads a header, given without the blank line that ends it.
 *
 * Lines are not continued on the next (RFC 3875 §6.3).
 */
export function parseHeader(block: Uint8Array): CgiHeader | HeaderProblem {
  const fields: CgiField[] = []
  for (const [index, line] of linesOf(block).entries()) {
    const field = parseField(line)
    if (field === undefined) {
      return { problem: `line ${index + 1} is ${quoted(line)}, expected "Name: value"` }
    }
    fields.push(field)
  }
  return interpret(fields)
}

function interpret(fields: readonly CgiField[]): CgiHeader | HeaderProblem {
  const found = new Map<string, string>()
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    if (!isCgiField(key)) continue
    if (found.has(key)) return { problem: `"${name}" stands there twice` }
    found.set(key, value)
  }
  if (found.size === 0) return { problem: 'it has none of Content-Type, Status and Location' }
  const problem = problemWith(found)
  if (problem !== undefined) return { problem }
  const location = found.get('location')
  const status = STATUS.exec(found.get('status') ?? '')?.[1]
  return {
    status: Number(status ?? (location === undefined ? 200 : 302)),
    fields: fields.filter(([name]) => isPassedOn(name.toLowerCase())),
    localTarget: location?.startsWith('/') === true && fields.length === 1 ? location : undefined,
  }
}

function problemWith(found: ReadonlyMap<string, string>): string | undefined {
  const type = found.get('content-type')
  if (type !== undefined && !MEDIA_TYPE.test(type)) {
    return `Content-Type is ${quoted(type)}, expected "type/subtype"`
  }
  const status = found.get('status')
  if (status !== undefined && !STATUS.test(status)) {
    return `Status is ${quoted(status)}, expected a number from 200 to 599 and a reason`
  }
  const location = found.get('location')
  if (location !== undefined && !LOCAL_PATH.test(location) && !ABSOLUTE_URI.test(location)) {
    return `Location is ${quoted(location)}, expected a URL or a path with a leading slash`
  }
  return undefined
}

function parseField(line: string): CgiField | undefined {
  const parts = /^([\w!#$%&'*+.^`|~-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line)
  const [, name, value] = parts ?? []
  return name === undefined || value === undefined ? undefined : [name, value.trimEnd()]
}

function linesOf(block: Uint8Array): string[] {
  const lines: string[] = []
  for (let start = 0; start < block.length; ) {
    const at = block.indexOf(LF, start)
    const end = at < 0 ? block.length : at
    lines.push(latin1(block.subarray(start, end)).replace(/\r$/, ''))
    start = end + 1
  }
  return lines
}

/**
 * Each byte one character, as Headers want it; TextDecoder's latin1 is windows-1252 and is not
 * that.
 */
function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function isCgiField(name: string): boolean {
  return (cgiFields as readonly string[]).includes(name)
}

function isPassedOn(name: string): boolean {
  return name !== 'status' && !connectionFields.has(name)
}

function quoted(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return printable.length > SHOWN_CHARS_MAX
    ? `"${printable.slice(0, SHOWN_CHARS_MAX)}…"`
    : `"${printable}"`
}
