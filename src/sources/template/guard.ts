import type { Operand, Step } from './operand.ts'

/** The function of the environment in which a read of something undefined ends. */
export const UNDEFINED_FUNCTION = '__undefined'

interface Positions {
  /** An expression that tells a function where it is called. */
  positionAt(offset: number): string
}

/**
 * An operand that is refused by name when it, or what it hangs on, is undefined.
 *
 * @param isUsed - False when the operand itself may be undefined, and only what it hangs on may
 *   not.
 */
export function guard(operand: Operand, isUsed: boolean, positions: Positions): string {
  const steps = isUsed ? operand.steps : operand.steps.slice(0, -1)
  return guardText(operand.text, { operand, steps }, positions)
}

/**
 * An operand, or something else when it is undefined.
 *
 * @param isLax - Whether a false value counts as undefined.
 */
export function guardDefault(
  operand: Operand,
  { fallback, isLax }: { readonly fallback: string; readonly isLax: boolean },
  positions: Positions,
): string {
  const last = operand.steps.at(-1)?.text ?? ''
  const condition = isLax ? `${last} is defined and ${last}` : `${last} is defined`
  const text = `(${operand.text} if ${condition} else ${fallback})`
  return guardText(text, { operand, steps: operand.steps.slice(0, -1) }, positions)
}

/** Whether an operand can be guarded: what the guard repeats must be short and on one line. */
export function isGuardable({ text, steps }: Operand): boolean {
  const isOnOneLine = !steps.some((step) => step.text.includes('\n'))
  return isOnOneLine && text.length <= GUARDED_CHARS_MAX
}

/** Longer operands are left alone; the engine itself refuses most of what is undefined there. */
const GUARDED_CHARS_MAX = 400

function guardText(
  text: string,
  { operand, steps }: { readonly operand: Operand; readonly steps: readonly Step[] },
  positions: Positions,
): string {
  if (steps.length === 0) return text
  const lead = /^\s*/.exec(text)?.[0] ?? ''
  const condition = steps.map((step) => `${step.text} is defined`).join(' and ')
  const name = steps.reduceRight((rest, step) => {
    const shown = JSON.stringify(step.name)
    return rest === '' ? shown : `${shown} if ${step.text} is not defined else ${rest}`
  }, '')
  const call = `${UNDEFINED_FUNCTION}(${positions.positionAt(operand.start)}, ${name})`
  return `${lead}(${text.slice(lead.length)} if ${condition} else ${call})`
}
