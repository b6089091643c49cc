import { createHash } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { type Filter, FilterError, readGiven, shown, textOf } from './filter.ts'

/** `sha256`, `sha1`, `md5`: of the text in UTF-8, in lower-case hex. */
export function hashFilter(name: 'sha256' | 'sha1' | 'md5'): Filter {
  return (value) => createHash(name).update(textOf(name, value), 'utf8').digest('hex')
}

/** `b64`: of the text in UTF-8. */
export const base64: Filter = (value) => Buffer.from(textOf('b64', value)).toString('base64')

/** `b64decode`: back to text; what is not base64 of UTF-8 is an error. */
export const base64Decode: Filter = (value) => {
  const text = textOf('b64decode', value).replaceAll(/\s/g, '')
  const isBase64 = /^[A-Za-z0-9+/_-]*={0,2}$/.test(text)
  if (!isBase64) throw new FilterError('b64decode', `${shown(value)} is not base64`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'))
  } catch {
    throw new FilterError('b64decode', `${shown(value)} does not hold UTF-8 text`)
  }
}

/** `hex`: of a whole number its digits, of text its bytes in UTF-8; in lower case. */
export const hex: Filter = (value) => {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (Number.isSafeInteger(value)) return (value as number).toString(16)
  throw new FilterError('hex', `${shown(value)} is neither text nor a whole number`)
}

const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** `xml`: for text and attributes of XML. */
export const xml: Filter = (value) =>
  textOf('xml', value).replaceAll(/[&<>"']/g, (character) => xmlEscapes[character] ?? character)

/** `quote`: one word of a POSIX shell. */
export const quote: Filter = (value) => {
  const text = textOf('quote', value)
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

/** `urlencode`: for one segment or query value of a URL; a slash stays, as in Jinja. */
export const urlEncode: Filter = (value) =>
  encodeURIComponent(textOf('urlencode', value).toWellFormed()).replaceAll('%2F', '/')

const INDENT_MAX = 10

/**
 * `tojson(indent=0)`: keys sorted, so that equal values give equal bytes; nothing is escaped for
 * HTML.
 */
export const toJson: Filter = (value, ...given) => {
  const { positional, named } = readGiven(given)
  const indent = named.get('indent') ?? positional[0] ?? 0
  if (!Number.isSafeInteger(indent) || Number(indent) < 0 || Number(indent) > INDENT_MAX) {
    throw new FilterError('tojson', `indent ${shown(indent)} is not 0 to ${INDENT_MAX}`)
  }
  return JSON.stringify(plain(value), null, Number(indent))
}

function plain(value: unknown): unknown {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(([key, one]) => [
      String(key),
      plain(one),
    ])
    const compare = ([one]: unknown[], [two]: unknown[]) => (String(one) < String(two) ? -1 : 1)
    return Object.fromEntries(entries.sort(compare))
  }
  return value
}
