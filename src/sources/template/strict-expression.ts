import { guard, guardDefault, isGuardable } from './guard.ts'
import { type Operand, readOperand } from './operand.ts'
import { isText, matching, raw, type Span, splitAt, type Words } from './words.ts'
import type { Token } from './scan.ts'

/** What rewriting an expression needs to know of its surroundings. */
export interface ExpressionParts extends Words {
  /** An expression that tells a function where it is called. */
  positionAt(offset: number): string
  /** Filters that are told their position as their first argument. */
  readonly ownFilters: ReadonlySet<string>
  /** Functions that may be called twice for one value. */
  readonly pureFunctions: ReadonlySet<string>
  /** Told of each filter and test that is used. */
  onName(kind: 'filter' | 'test', token: Token): void
}

interface Piece {
  readonly text: string
  /** Index of the word behind it. */
  readonly next: number
}

const KEYWORDS = new Set('and or not in is if else true false none True False None'.split(' '))
/** Names that the engine treats by their place. */
const SPECIAL = new Set(['self', 'super', 'caller', 'loop'])
const OPERATORS = new Set('~ + - * / // % ** == != < > <= >= in not and or'.split(' '))
/** In front of an operand: its value is used. Behind `and` and `or` it may be only passed on. */
const PREFIXES = new Set('~ + - * / // % ** == != < > <= >= in not if'.split(' '))
const TOLERANT_FILTERS = new Set(['default', 'd'])

/**
 * Rewrites an expression so that reading something undefined is an error that names it, wherever
 * Jinja's strict mode says so. The engine alone lets undefined values pass through filters, `~` and
 * comparisons, and does not say what was undefined.
 *
 * `site.ntp | upper` becomes `(site.ntp if site is defined and site.ntp is defined else
 * __undefined(…)) | upper`. What is followed by `is` or `default` may be undefined, and so may what
 * is only passed on: an argument, an element, the right side of a `set`. Lines stay where they are.
 *
 * @param isStrict - Whether the value of the whole expression is used where it stands.
 */
export function strictExpression(parts: ExpressionParts, span: Span, isStrict: boolean): string {
  let out = ''
  for (let at = span.from; at < span.to; ) {
    const piece = rewritePiece(parts, { at, span, isStrict })
    out += piece.text
    at = piece.next
  }
  return out
}

/**
 * Rewrites what commas or colons part, each by itself: arguments, elements, the assignments of
 * `with`.
 */
export function strictList(
  parts: ExpressionParts,
  span: Span,
  how: { readonly separator: string; readonly isStrict: boolean },
): string {
  const pieces = splitAt(parts, span, how.separator).map((one) => {
    const isNamed = parts.tokens[one.from]?.kind === 'name' && isText(parts, one.from + 1, '=')
    const from = isNamed && one.to > one.from + 1 ? one.from + 2 : one.from
    const name = raw(parts, { from: one.from, to: from })
    const value = strictExpression(parts, { from, to: one.to }, how.isStrict)
    return name + value + raw(parts, { from: one.to, to: Math.min(one.to + 1, span.to) })
  })
  return pieces.join('')
}

interface Place {
  readonly at: number
  readonly span: Span
  readonly isStrict: boolean
}

function rewritePiece(parts: ExpressionParts, place: Place): Piece {
  const { at } = place
  const token = parts.tokens[at]
  if (token?.kind === 'operator') {
    if (token.text === '|') return rewriteFilter(parts, at)
    if (token.text === '.') return verbatim(parts, { from: at, to: at + 2 })
    if ('([{'.includes(token.text)) return rewriteGroup(parts, place)
  }
  if (token?.kind === 'name') {
    if (token.text === 'is') return rewriteTest(parts, at)
    if (!KEYWORDS.has(token.text)) return rewriteOperand(parts, place)
  }
  return verbatim(parts, { from: at, to: at + 1 })
}

function rewriteOperand(parts: ExpressionParts, place: Place): Piece {
  const operand = operandAt(parts, place.at)
  const { next, text } = operand
  const isBareCall = isText(parts, next, '(')
  const isSpecial = SPECIAL.has(parts.tokens[place.at]?.text ?? '')
  if (isBareCall || isSpecial || !isGuardable(operand)) return { text, next }
  const defaults = readDefaults(parts, next)
  if (defaults.length > 0 && operand.steps.length > 0) {
    return rewriteDefaults(parts, place, { operand, defaults })
  }
  const isObject = isText(parts, next, '.') || isText(parts, next, '[')
  const isUsed = isObject || isUsedBetween(parts, place, next)
  return { text: guard(operand, isUsed, parts), next }
}

function operandAt(parts: ExpressionParts, at: number): Operand {
  return readOperand(parts, at, {
    argumentsOf: (span) => strictList(parts, span, { separator: ',', isStrict: false }),
    indexOf: (span) => strictExpression(parts, span, true),
  })
}

/**
 * `a | default(b) | default("c")` becomes a choice: the engine takes an undefined `b` for an
 * argument that is not there, and would print nothing.
 */
function rewriteDefaults(
  parts: ExpressionParts,
  place: Place,
  found: { readonly operand: Operand; readonly defaults: readonly DefaultFilter[] },
): Piece {
  const { operand, defaults } = found
  const next = defaults.at(-1)?.next ?? operand.next
  const isUsed = isUsedBetween(parts, place, next)
  let fallback = ''
  for (const [index, one] of defaults.toReversed().entries()) {
    const { from, to } = one.value
    const alone = parts.tokens[from]?.kind === 'name' ? operandAt(parts, from) : undefined
    const isChoice =
      index > 0 && alone?.next === to && isGuardable(alone) && !isConstant(parts, from)
    const isLax = defaults[defaults.length - index]?.isLax ?? false
    fallback = isChoice
      ? guardDefault(alone, { fallback, isLax }, parts)
      : `(${strictExpression(parts, one.value, index > 0 || isUsed)})`
  }
  const isLax = defaults[0]?.isLax ?? false
  const text = guardDefault(operand, { fallback, isLax }, parts)
  const written = raw(parts, { from: place.at, to: next })
  const missing = written.split('\n').length - text.split('\n').length
  return { text: text + '\n'.repeat(Math.max(0, missing)), next }
}

interface DefaultFilter {
  readonly value: Span
  /** Whether a false value is replaced too. */
  readonly isLax: boolean
  readonly next: number
}

/**
 * The filters `default(value)` and `default(value, true)` that follow one another from a word on.
 */
function readDefaults(parts: ExpressionParts, at: number): readonly DefaultFilter[] {
  const found: DefaultFilter[] = []
  for (let next = at; isText(parts, next, '|'); ) {
    const isDefault = TOLERANT_FILTERS.has(parts.tokens[next + 1]?.text ?? '')
    if (!isDefault || !isText(parts, next + 2, '(')) break
    const end = matching(parts, next + 2)
    const [value, lax, more] = splitAt(parts, { from: next + 3, to: end }, ',')
    const isLax = lax !== undefined && /^\s*(?:boolean\s*=\s*)?[tT]rue$/.test(raw(parts, lax))
    const isPlain =
      value !== undefined && value.to > value.from && !isText(parts, value.from + 1, '=')
    if (!isPlain || more !== undefined || (lax !== undefined && !isLax)) break
    next = end + 1
    found.push({ value, isLax, next })
  }
  return found
}

function isConstant(parts: ExpressionParts, at: number): boolean {
  return KEYWORDS.has(parts.tokens[at]?.text ?? '')
}

/** Whether Jinja would refuse an undefined value between these neighbours. */
function isUsedBetween(
  parts: ExpressionParts,
  { at, span, isStrict }: Place,
  next: number,
): boolean {
  const before = at > span.from ? parts.tokens[at - 1]?.text : undefined
  const after = next < span.to ? parts.tokens[next]?.text : undefined
  if (after === 'is') return false
  if (after === '|') return !TOLERANT_FILTERS.has(parts.tokens[next + 1]?.text ?? '')
  if (after !== undefined && OPERATORS.has(after)) return true
  if (before !== undefined && PREFIXES.has(before)) return true
  const isValue = before === undefined || ['and', 'or', 'else'].includes(before)
  return isStrict && isValue && (after === undefined || after === 'if')
}

function rewriteGroup(parts: ExpressionParts, place: Place): Piece {
  const { at, span } = place
  const end = matching(parts, at)
  const inner = { from: at + 1, to: end }
  const before = at > span.from ? parts.tokens[at - 1] : undefined
  const isBehindValue =
    before !== undefined &&
    (before.kind === 'string' ||
      [')', ']'].includes(before.text) ||
      (before.kind === 'name' && !KEYWORDS.has(before.text)))
  const isIndex = isBehindValue && isText(parts, at, '[')
  const isGrouping = !isBehindValue && isText(parts, at, '(')
  const isTuple = splitAt(parts, inner, ',').length > 1
  const text =
    isGrouping && !isTuple
      ? strictExpression(parts, inner, isUsedBetween(parts, place, end + 1))
      : strictList(parts, inner, { separator: isIndex ? ':' : ',', isStrict: isIndex })
  return { text: enclosed(parts, inner, text), next: end + 1 }
}

function rewriteFilter(parts: ExpressionParts, at: number): Piece {
  const name = parts.tokens[at + 1]
  if (name?.kind !== 'name') return verbatim(parts, { from: at, to: at + 1 })
  parts.onName('filter', name)
  const head = raw(parts, { from: at, to: at + 2 })
  const isOwn = parts.ownFilters.has(name.text)
  const position = isOwn ? parts.positionAt(name.start) : ''
  if (!isText(parts, at + 2, '(')) {
    return { text: isOwn ? `${head}(${position})` : head, next: at + 2 }
  }
  const inner = { from: at + 3, to: matching(parts, at + 2) }
  const given = strictList(parts, inner, { separator: ',', isStrict: true })
  const text = isOwn ? `${position}${inner.to > inner.from ? ', ' : ''}${given}` : given
  return { text: head + enclosed(parts, inner, text), next: inner.to + 1 }
}

function rewriteTest(parts: ExpressionParts, at: number): Piece {
  const nameAt = isText(parts, at + 1, 'not') ? at + 2 : at + 1
  const name = parts.tokens[nameAt]
  if (name?.kind === 'name') parts.onName('test', name)
  return verbatim(parts, { from: at, to: nameAt + 1 })
}

/** What stands between two braces, with its braces. */
function enclosed(parts: ExpressionParts, inner: Span, text: string): string {
  const open = raw(parts, { from: inner.from - 1, to: inner.from })
  return open + text + raw(parts, { from: inner.to, to: inner.to + 1 })
}

function verbatim(parts: ExpressionParts, span: Span): Piece {
  return { text: raw(parts, span), next: span.to }
}
