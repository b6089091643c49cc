import { createHash } from 'node:crypto'
import { sprintf } from 'sprintf-js'
import { normaliseMac } from '../../routing/parameter-types.ts'
import { ipaddr, ipHex, netmask } from './ip-filters.ts'

/** A filter: the value before the bar, then its arguments. Throws an Error that says what is wrong with them. */
export type Filter = (value: unknown, ...args: unknown[]) => unknown

const macSeparators: Readonly<Record<string, readonly [number, string]>> = {
  colon: [2, ':'],
  dash: [2, '-'],
  dotted: [4, '.'],
  bare: [12, ''],
}

/** What templates have besides Jinja's own filters. docs/templates.md has an example of each. */
export const filters: Readonly<Record<string, Filter>> = {
  /** `mac("dash")`: colon, dash, dotted, bare; lower case, so `| upper` gives the other. */
  mac(value, form = 'colon') {
    const normal = normaliseMac(textOf(value))
    if (normal === undefined) throw new Error(`"${textOf(value)}" is not a MAC address`)
    const found = macSeparators[textOf(form)]
    if (found === undefined) {
      throw new Error(
        `found "${textOf(form)}", the forms are ${Object.keys(macSeparators).join(', ')}`,
      )
    }
    const [digits, separator] = found
    const groups = normal.replaceAll(':', '').match(new RegExp(`.{${digits}}`, 'g')) ?? []
    return groups.join(separator)
  },
  ip_hex: (value) => ipHex(textOf(value)),
  netmask: (value) => netmask(textOf(value)),
  ipaddr: (value, part = 'address') => ipaddr(textOf(value), part),
  b64: (value) => Buffer.from(textOf(value), 'utf8').toString('base64'),
  b64decode: (value) => Buffer.from(textOf(value), 'base64').toString('utf8'),
  hex: (value) => Buffer.from(textOf(value), 'utf8').toString('hex'),
  sha256: (value) => digest('sha256', value),
  sha1: (value) => digest('sha1', value),
  md5: (value) => digest('md5', value),
  /** Keys sorted, so that the same values give the same bytes. `tojson(2)` indents. */
  tojson: (value, indent) => JSON.stringify(plainOf(value), undefined, indentOf(indent)),
  /** Escapes for XML text and attributes. */
  xml: (value) => textOf(value).replaceAll(/[&<>"']/g, (character) => xmlEscapes[character] ?? ''),
  /** One word for a POSIX shell, whatever is in it. */
  shell: (value) => `'${textOf(value).replaceAll("'", `'\\''`)}'`,
  /** `"%02x:%s" | format(10, "a")` */
  format: (value, ...args) => sprintf(textOf(value), ...args),
  /** `regex_replace("[^0-9]", "")`; a pattern and text of bounded length. */
  regex_replace: (value, pattern, replacement = '') => {
    const text = textOf(value)
    const source = textOf(pattern)
    if (text.length > REGEX_TEXT_MAX || source.length > REGEX_SOURCE_MAX) {
      throw new Error(
        `text or pattern is longer than ${REGEX_TEXT_MAX} or ${REGEX_SOURCE_MAX} characters`,
      )
    }
    return text.replaceAll(new RegExp(source, 'g'), textOf(replacement))
  },
}

const REGEX_TEXT_MAX = 4096
const REGEX_SOURCE_MAX = 256

const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function digest(algorithm: string, value: unknown): string {
  return createHash(algorithm).update(textOf(value)).digest('hex')
}

function indentOf(value: unknown): number | undefined {
  const given = value instanceof Map ? value.get('indent') : value
  return typeof given === 'number' ? given : undefined
}

/** A value as the template would print it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value)
  }
  if (value === null || value === undefined) throw new Error('there is no value before the bar')
  return JSON.stringify(plainOf(value))
}

/** The engine hands maps over as `Map`; this gives plain objects with sorted keys. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value === 'bigint') return Number(value)
  if (!(value instanceof Map)) return value ?? null
  const pairs = [...value].map(([key, one]) => [String(key), plainOf(one)] as const)
  return Object.fromEntries(pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
