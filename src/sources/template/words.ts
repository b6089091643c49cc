import type { Token } from './scan.ts'

/** The words of one tag, and the source they were cut from. */
export interface Words {
  readonly source: string
  readonly tokens: readonly Token[]
}

/** Some words of a tag: from the first index up to, not including, the second. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The words as they stand in the source, each with the space in front of it. */
export function raw({ source, tokens }: Words, { from, to }: Span): string {
  const first = tokens[from]
  const last = tokens[Math.min(to, tokens.length) - 1]
  if (first === undefined || last === undefined || to <= from) return ''
  return source.slice(tokens[from - 1]?.end ?? first.start, last.end)
}

export function isText({ tokens }: Words, at: number, text: string): boolean {
  return tokens[at]?.text === text
}

/** Index of the brace that closes the one at an index; the number of words when none does. */
export function matching({ tokens }: Words, at: number): number {
  let depth = 0
  for (let index = at; index < tokens.length; index += 1) {
    depth += depthChange(tokens[index])
    if (depth === 0) return index
  }
  return tokens.length
}

/** Cuts a span where a word stands outside of braces. */
export function splitAt(words: Words, span: Span, separator: string): readonly Span[] {
  const parts: Span[] = []
  let from = span.from
  for (let at = find(words, span, separator); at < span.to; ) {
    parts.push({ from, to: at })
    from = at + 1
    at = find(words, { from, to: span.to }, separator)
  }
  return [...parts, { from, to: span.to }]
}

/**
 * Index of the first word of a span that is this and stands outside of braces; the span's end when
 * there is none.
 */
export function find(words: Words, span: Span, text: string): number {
  let depth = 0
  for (let at = span.from; at < span.to; at += 1) {
    const token = words.tokens[at]
    if (depth === 0 && token?.text === text) return at
    depth += depthChange(token)
  }
  return span.to
}

function depthChange(token: Token | undefined): number {
  if (token?.kind !== 'operator') return 0
  if ('([{'.includes(token.text)) return 1
  return ')]}'.includes(token.text) ? -1 : 0
}
