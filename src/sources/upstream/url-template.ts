import { Refusal } from '../../base/refusal.ts'
import { normaliseMac } from '../../routing/parameter-types.ts'

/** What the placeholders of a template may stand for. */
export interface TemplateValues {
  /** What the route's pattern captured. */
  readonly params: Readonly<Record<string, string>>
  /** The whole name that was asked, percent-encoded, with one leading slash. */
  readonly encodedPath: string
  /** What followed the first `?`, percent-encoded. */
  readonly query: string
}

/** The URL of an upstream, with parts that a request fills in. */
export interface UrlTemplate {
  readonly source: string
  /** For people: without the query, which may hold a key. */
  readonly label: string
  /** Names that a route's pattern must capture. */
  readonly placeholders: readonly string[]
  /** The server that is asked, `http://10.0.0.5:8080`; undefined when the request has a say. */
  readonly origin: string | undefined
  /**
   * Fills it in.
   *
   * @throws {Refusal} `ACCESS_DENIED` when a value would make another host or folder of it than the
   *   template says.
   */
  expand(values: TemplateValues): URL
}

type Part = string | Placeholder

interface Placeholder {
  readonly name: string
  /** True when slashes in the value divide folders. */
  readonly hasSlashes: boolean
  /** How a MAC address is written; undefined: as the route's pattern gives it. */
  readonly style: string | undefined
}

/** How each style writes the twelve digits of a MAC. */
const macStyles = {
  colon: (digits: string) => digits.replaceAll(/(..)(?!$)/g, '$1:'),
  dash: (digits: string) => digits.replaceAll(/(..)(?!$)/g, '$1-'),
  dotted: (digits: string) => digits.replaceAll(/(.{4})(?!$)/g, '$1.'),
  bare: (digits: string) => digits,
} as const

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)(?:(\.\.\.)|:([a-z]+|[A-Z]+))?\}/g
const TEMPLATE = /^(https?:\/\/)([^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/i
const HOST_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

/** What is wrong with a template, in half a sentence; undefined when nothing is. */
export function urlTemplateProblem(source: string): string | undefined {
  const found = TEMPLATE.exec(source)
  if (found === null) return 'a URL that begins with http:// or https:// is needed, without #'
  if ((found[2] ?? '').includes('@')) {
    return 'a URL without user and password is needed: give `headers: { authorization: ... }`'
  }
  if (/[{}]/.test(source.replaceAll(PLACEHOLDER, ''))) {
    return 'placeholders like {mac} or {path...} are needed in braces'
  }
  const styles = source.matchAll(PLACEHOLDER).map((match) => match[3])
  const unknown = styles.find((style) => style !== undefined && !isMacStyle(style))
  if (unknown !== undefined) {
    const known = Object.keys(macStyles).join(', ')
    return `a style of MAC addresses is needed instead of "${unknown}": ${known}, or one in capitals`
  }
  if (hasUpwardSegment(found[3] ?? '')) return 'a URL without "." and ".." segments is needed'
  const sample = source.replaceAll(PLACEHOLDER, '1')
  return URL.canParse(sample) ? undefined : 'a URL is needed'
}

/**
 * Reads a template: `http://10.0.0.5/prov/{mac}.cfg`, `https://{site}.example/{path}?{query}`.
 *
 * @throws {TypeError} When `urlTemplateProblem` has something to say.
 */
export function parseUrlTemplate(source: string): UrlTemplate {
  const found = TEMPLATE.exec(source)
  if (found === null || urlTemplateProblem(source) !== undefined) {
    throw new TypeError(`Cannot read the URL "${source}"`)
  }
  const [, scheme = '', authority = '', path = '/', query = ''] = found
  const parts = { host: partsOf(authority), path: partsOf(path), query: partsOf(query) }
  const all = [parts.host, parts.path, parts.query]
    .flat()
    .filter((part) => typeof part !== 'string')
  const names = all.map(({ name }) => name).filter((name) => name !== 'query' && name !== 'path')
  const isOpen = parts.host.some((part) => typeof part !== 'string')
  return {
    source,
    label: `${scheme}${authority}${path}`,
    placeholders: [...new Set(names)],
    origin: isOpen ? undefined : new URL(`${scheme}${authority}`).origin,
    expand(values) {
      const host = fill(parts.host, (part) => hostValue(part, values))
      const filled = fill(parts.path, (part) => urlValue(part, values))
      if (hasUpwardSegment(filled)) throw outside('its path would have a "." or ".." segment')
      const search = fill(parts.query, (part) =>
        part.name === 'query' ? values.query : urlValue(part, values),
      )
      const text = `${scheme}${host}${filled}${search === '' ? '' : `?${search}`}`
      if (!URL.canParse(text)) throw outside('it would be none')
      return new URL(text)
    },
  }
}

function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  let end = 0
  for (const { index, 0: whole, 1: name = '', 2: dots, 3: style } of text.matchAll(PLACEHOLDER)) {
    const hasSlashes = dots !== undefined || name === 'path'
    parts.push(text.slice(end, index), { name, hasSlashes, style })
    end = index + whole.length
  }
  return [...parts, text.slice(end)]
}

function fill(parts: readonly Part[], valueOf: (part: Placeholder) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : valueOf(part))).join('')
}

/** A value in a path or a query: nothing of it can be read as more than a value. */
function urlValue(placeholder: Placeholder, values: TemplateValues): string {
  const { name, hasSlashes, style } = placeholder
  if (style !== undefined) return encode(styledMac(values.params[name], style))
  if (name === 'query') return encode(values.query)
  const value = values.params[name]
  // The whole name is at hand to the byte; what was captured from it is text.
  if (value === undefined && name === 'path') return values.encodedPath.slice(1)
  const text = value ?? ''
  return hasSlashes ? text.split('/').map(encode).join('/') : encode(text)
}

/** A colon may stand in a path and in a query, and MAC addresses are easier to read with it. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}

function hostValue({ name, style }: Placeholder, { params }: TemplateValues): string {
  const value = style === undefined ? (params[name] ?? '') : styledMac(params[name], style)
  if (!HOST_VALUE.test(value)) throw outside(`"${value.slice(0, 64)}" is no part of a host name`)
  return value.toLowerCase()
}

/** A MAC in any common spelling, in a style; its digits in capitals where the style's name is. */
function styledMac(value: string | undefined, style: string): string {
  const normal = value === undefined ? undefined : normaliseMac(value)
  const write = macStyles[style.toLowerCase() as keyof typeof macStyles]
  if (normal === undefined) throw outside(`"${value?.slice(0, 64) ?? ''}" is no MAC address`)
  const written = write(normal.replaceAll(':', ''))
  return style === style.toLowerCase() ? written : written.toUpperCase()
}

function isMacStyle(text: string): boolean {
  return Object.hasOwn(macStyles, text.toLowerCase())
}

/** URL parsers fold such segments, encoded or not. */
function hasUpwardSegment(path: string): boolean {
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
}

function outside(found: string): Refusal {
  return new Refusal('ACCESS_DENIED', `Cannot make a URL of the name: ${found}`, {
    wireMessage: 'Access denied',
  })
}
