/**
 * A word of the template language inside a tag. Offsets count UTF-16 units from the start of the
 * source.
 */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'operator'
  readonly text: string
  readonly start: number
  readonly end: number
}

/** `{{ … }}` (output) or `{% … %}` (statement). */
export interface Tag {
  readonly kind: 'output' | 'statement'
  /** Of the opening brace. */
  readonly start: number
  /** Just behind the closing brace. */
  readonly end: number
  readonly tokens: readonly Token[]
}

const OPENING = /\{[{%#]/g
const NAME = /[A-Za-z_]\w*/
const STRING = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/
const NUMBER = /\d[\w.]*/
const OPERATOR = /\*\*|\/\/|[=!<>]=|[-+*/%~<>=|.,:()[\]{}]/
const WORD = new RegExp(
  [
    String.raw`\s+`,
    `(?<name>${NAME.source})`,
    `(?<string>${STRING.source})`,
    `(?<number>${NUMBER.source})`,
    `(?<operator>${OPERATOR.source})`,
  ].join('|'),
  'y',
)
const RAW = /[-+]?\s*raw\s*[-+]?%\}/y
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g

/**
 * Finds the tags of a Jinja template and cuts them into words; text, comments and raw blocks are
 * passed over.
 *
 * @returns Undefined when the source cannot be cut: the engine says better why.
 */
export function scanTemplate(source: string): readonly Tag[] | undefined {
  const tags: Tag[] = []
  let at = 0
  for (;;) {
    OPENING.lastIndex = at
    const opening = OPENING.exec(source)
    if (opening === null) return tags
    const start = opening.index
    if (opening[0] === '{#') {
      const close = source.indexOf('#}', start + 2)
      if (close < 0) return undefined
      at = close + 2
      continue
    }
    const rawEnd = opening[0] === '{%' ? endOfRaw(source, start) : undefined
    if (rawEnd !== undefined) {
      at = rawEnd
      continue
    }
    const tag = scanTag(source, start)
    if (tag === undefined) return undefined
    tags.push(tag)
    at = tag.end
  }
}

/** Tells on which line an offset of the source is, counted from 1. */
export function lineCounter(source: string): (offset: number) => number {
  const breaks: number[] = []
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) breaks.push(at)
  return (offset) => {
    let low = 0
    let high = breaks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

function endOfRaw(source: string, start: number): number | undefined {
  RAW.lastIndex = start + 2
  if (!RAW.test(source)) return undefined
  END_RAW.lastIndex = RAW.lastIndex
  return END_RAW.test(source) ? END_RAW.lastIndex : source.length
}

function scanTag(source: string, start: number): Tag | undefined {
  const isOutput = source[start + 1] === '{'
  const close = isOutput ? '}}' : '%}'
  const tokens: Token[] = []
  const hasMark = source[start + 2] === '-' || source[start + 2] === '+'
  let at = start + (hasMark ? 3 : 2)
  let depth = 0
  for (;;) {
    if (depth === 0) {
      const markBytes = source[at] === '-' || source[at] === '+' ? 1 : 0
      if (source.startsWith(close, at + markBytes)) {
        const end = at + markBytes + 2
        return { kind: isOutput ? 'output' : 'statement', start, end, tokens }
      }
    }
    WORD.lastIndex = at
    const found = WORD.exec(source)
    if (found === null) return undefined
    const token = tokenOf(found)
    if (token !== undefined) {
      tokens.push(token)
      if ('([{'.includes(token.text)) depth += 1
      if (')]}'.includes(token.text)) depth -= 1
    }
    at = WORD.lastIndex
  }
}

function tokenOf(found: RegExpExecArray): Token | undefined {
  const { name, string, number } = found.groups ?? {}
  const [text] = found
  if (text.trim() === '') return undefined
  const start = found.index
  const end = start + text.length
  if (name !== undefined) return { kind: 'name', text, start, end }
  if (string !== undefined) return { kind: 'string', text, start, end }
  return { kind: number === undefined ? 'operator' : 'number', text, start, end }
}
