import { lineCounter, scanTemplate, type Tag, type Token } from './scan.ts'
import { type ExpressionParts, strictExpression, strictList } from './strict-expression.ts'
import { find, raw, type Span } from './words.ts'

/** The function of the environment that finds a template whose name is computed. */
export const TEMPLATE_FUNCTION = '__template'

/** A filter or test that a template uses, and where. */
export interface UsedName {
  readonly kind: 'filter' | 'test'
  readonly name: string
  readonly line: number
}

export interface RewrittenTemplate {
  /** For the engine: the same lines. */
  readonly source: string
  /** Names of the templates that it refers to by a literal, as written. */
  readonly references: readonly string[]
  readonly names: readonly UsedName[]
}

export interface RewriteOptions {
  /** As messages call the template. */
  readonly file: string
  readonly ownFilters: ReadonlySet<string>
  readonly pureFunctions: ReadonlySet<string>
  /** The engine's key of a template; undefined for what can be none. */
  keyOf(name: string): string | undefined
}

/**
 * Prepares a template for the engine: reads of what is undefined become errors with a name (see
 * `strictExpression`), references become keys, and own filters learn where they are used. Text and
 * lines stay as they are.
 */
export function rewriteTemplate(source: string, options: RewriteOptions): RewrittenTemplate {
  const tags = scanTemplate(source)
  if (tags === undefined) return { source, references: [], names: [] }
  const rewriting = new TemplateRewriting(source, options)
  let out = ''
  let at = 0
  for (const tag of tags) {
    const first = tag.tokens[0]
    const last = tag.tokens.at(-1)
    if (first === undefined || last === undefined) continue
    out += source.slice(at, first.start) + rewriting.rewriteTag(tag)
    at = last.end
  }
  const { references, names } = rewriting
  return { source: out + source.slice(at), references: [...references], names }
}

/**
 * A position, `phones/a.j2:3`, as own filters and functions receive it: behind a mark that no value
 * has.
 */
export function parsePosition(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : undefined
}

const MARK = '\u0001'

class TemplateRewriting {
  readonly references = new Set<string>()
  readonly names: UsedName[] = []
  readonly #source: string
  readonly #options: RewriteOptions
  readonly #lineAt: (offset: number) => number

  constructor(source: string, options: RewriteOptions) {
    this.#source = source
    this.#options = options
    this.#lineAt = lineCounter(source)
  }

  /** The tag from its first word to its last. */
  rewriteTag(tag: Tag): string {
    const parts = this.#partsOf(tag)
    const all = { from: 0, to: tag.tokens.length }
    if (tag.kind === 'output') return strictExpression(parts, all, true)
    const keyword = tag.tokens[0]?.text ?? ''
    const rest = { from: 1, to: all.to }
    const head = raw(parts, { from: 0, to: 1 })
    if (keyword === 'if' || keyword === 'elif') return head + strictExpression(parts, rest, true)
    if (keyword === 'do') return head + strictExpression(parts, rest, false)
    if (keyword === 'with') {
      return head + strictList(parts, rest, { separator: ',', isStrict: false })
    }
    if (keyword === 'for') return this.#rewriteLoop(parts)
    if (keyword === 'set') return this.#rewriteSet(parts)
    if (keyword in referenceEnds) return head + this.#rewriteReference(parts, keyword)
    return raw(parts, all)
  }

  #rewriteLoop(parts: ExpressionParts): string {
    const all = { from: 0, to: parts.tokens.length }
    const inAt = find(parts, all, 'in')
    const isRecursive = parts.tokens.at(-1)?.text === 'recursive'
    const to = isRecursive ? all.to - 1 : all.to
    const ifAt = find(parts, { from: inAt, to }, 'if')
    return (
      raw(parts, { from: 0, to: inAt + 1 }) +
      strictExpression(parts, { from: inAt + 1, to: ifAt }, true) +
      raw(parts, { from: ifAt, to: Math.min(ifAt + 1, to) }) +
      strictExpression(parts, { from: ifAt + 1, to }, true) +
      raw(parts, { from: to, to: all.to })
    )
  }

  #rewriteSet(parts: ExpressionParts): string {
    const all = { from: 0, to: parts.tokens.length }
    const equalsAt = find(parts, all, '=')
    const target = raw(parts, { from: 0, to: equalsAt + 1 })
    return target + strictExpression(parts, { from: equalsAt + 1, to: all.to }, false)
  }

  #rewriteReference(parts: ExpressionParts, keyword: string): string {
    const all = { from: 1, to: parts.tokens.length }
    const ends = referenceEnds[keyword] ?? []
    const to = Math.min(...ends.map((end) => find(parts, all, end)), all.to)
    return this.#rewriteNames(parts, { from: 1, to }) + raw(parts, { from: to, to: all.to })
  }

  /** `"a.j2"` and `["a.j2", "b.j2"]` are known now; any other name when the template runs. */
  #rewriteNames(parts: ExpressionParts, span: Span): string {
    const words = parts.tokens.slice(span.from, span.to)
    const strings = words.filter(({ kind }) => kind === 'string')
    const isLiteral = words.every((word) => word.kind === 'string' || '[],'.includes(word.text))
    const keys = strings.map((word) => this.#keyOf(word))
    const [first] = words
    if (first === undefined) return ''
    if (isLiteral && keys.every((key) => key !== undefined)) {
      const isList = first.text === '['
      const text = keys.map((key) => JSON.stringify(key)).join(', ')
      return ` ${isList ? `[${text}]` : text}`
    }
    const name = strictExpression(parts, span, true)
    return ` ${TEMPLATE_FUNCTION}(${parts.positionAt(first.start)},${name})`
  }

  #keyOf(word: Token): string | undefined {
    if (word.text.includes('\\')) return undefined
    const name = word.text.slice(1, -1)
    const key = this.#options.keyOf(name)
    if (key !== undefined) this.references.add(name)
    return key
  }

  #partsOf(tag: Tag): ExpressionParts {
    const { file, ownFilters, pureFunctions } = this.#options
    return {
      source: this.#source,
      tokens: tag.tokens,
      ownFilters,
      pureFunctions,
      positionAt: (offset: number) => JSON.stringify(`${MARK}${file}:${this.#lineAt(offset)}`),
      onName: (kind: 'filter' | 'test', token: Token) => {
        this.names.push({ kind, name: token.text, line: this.#lineAt(token.start) })
      },
    }
  }
}

/** Words that end the name in a tag that refers to a template. */
const referenceEnds: Readonly<Record<string, readonly string[]>> = {
  extends: [],
  include: ['ignore', 'with', 'without'],
  import: ['as'],
  from: ['import'],
}
