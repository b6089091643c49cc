import { isText, matching, raw, type Span, splitAt, type Words } from './words.ts'

/** A name with what hangs on it, `site.ports[0].name`, up to a call or a slice. */
export interface Operand {
  /** As it stands in the source, rewritten inside its brackets. */
  readonly text: string
  /**
   * `site`, `site.ports`, `site.ports[0]`, `site.ports[0].name`: what must be defined to read it.
   */
  readonly steps: readonly Step[]
  /** Offset of the name. */
  readonly start: number
  /** Index of the word behind it. */
  readonly next: number
}

export interface Step {
  /** Rewritten inside its brackets. */
  readonly text: string
  /** As the author wrote it. */
  readonly name: string
}

/** How to rewrite what stands between braces. */
interface Inner {
  readonly argumentsOf: (span: Span) => string
  readonly indexOf: (span: Span) => string
}

/** Words and functions of an operand. */
interface OperandWords extends Words {
  /** Functions whose call is part of the operand: calling them twice does no harm. */
  readonly pureFunctions: ReadonlySet<string>
}

const STEPS_MAX = 8

/** Reads the operand that begins at a word. */
export function readOperand(words: OperandWords, at: number, inner: Inner): Operand {
  const root = words.tokens[at]
  const start = root?.start ?? 0
  const steps: Step[] = []
  let text = raw(words, { from: at, to: at + 1 })
  let step = root?.text ?? ''
  let next = at + 1
  const advance = (piece: string, to: number): void => {
    text += piece
    step += piece.trim()
    next = to
  }
  const isPureCall = words.pureFunctions.has(step) && isText(words, next, '(')
  if (isPureCall) {
    const end = matching(words, next)
    advance(bracketed(words, { from: next, to: end }, inner.argumentsOf), end + 1)
  } else {
    steps.push({ text: step, name: step })
  }
  while (steps.length < STEPS_MAX) {
    const access = readAccess(words, next, inner)
    if (access === undefined) break
    advance(access.text, access.next)
    const written = words.source.slice(start, words.tokens[next - 1]?.end)
    steps.push({ text: step, name: written.replaceAll(/\s+/g, ' ') })
  }
  return { text, steps, start, next }
}

/** `.name` or `[index]`; neither a method nor a slice. */
function readAccess(
  words: Words,
  at: number,
  inner: Inner,
): { readonly text: string; readonly next: number } | undefined {
  if (isText(words, at, '.')) {
    const isAttribute = words.tokens[at + 1]?.kind === 'name' && !isText(words, at + 2, '(')
    return isAttribute ? { text: raw(words, { from: at, to: at + 2 }), next: at + 2 } : undefined
  }
  if (!isText(words, at, '[')) return undefined
  const end = matching(words, at)
  const isSlice = splitAt(words, { from: at + 1, to: end }, ':').length > 1
  if (isSlice || end === at + 1) return undefined
  return { text: bracketed(words, { from: at, to: end }, inner.indexOf), next: end + 1 }
}

/** The words between two braces, rewritten, with the braces. */
function bracketed(words: Words, { from, to }: Span, rewrite: (span: Span) => string): string {
  const open = raw(words, { from, to: from + 1 })
  const close = raw(words, { from: to, to: to + 1 })
  return `${open}${rewrite({ from: from + 1, to })}${close}`
}
