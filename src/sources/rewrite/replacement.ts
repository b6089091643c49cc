/** What a replacement is made of. */
export interface ReplacementValues {
  /** What was found and its groups, from 0; undefined for a group that took nothing. */
  readonly groups: readonly (string | undefined)[]
  /** Textual address of the client. */
  readonly clientAddress: string
  /** The same as 8 hexadecimal digits for IPv4 and 32 for IPv6, in capitals. */
  readonly clientAddressHex: string
}

/** A replacement that was read: makes the text. */
export type Replacement = (values: ReplacementValues) => string

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  | { readonly kind: 'address' | 'addressHex' }
  | { readonly kind: 'case'; readonly change: (text: string) => string }

const same = (text: string): string => text

/** What a letter behind a backslash stands for; beside these `\0` to `\9`. */
const escapes: Readonly<Record<string, Part>> = {
  i: { kind: 'address' },
  x: { kind: 'addressHex' },
  U: { kind: 'case', change: (text) => text.toUpperCase() },
  L: { kind: 'case', change: (text) => text.toLowerCase() },
  E: { kind: 'case', change: same },
}

/** What is wrong with a replacement, in half a sentence; undefined when nothing is. */
export function replacementProblem(source: string): string | undefined {
  for (const [whole, letter = ''] of source.matchAll(/\\([^]?)/g)) {
    if (letter === '') return 'ends in a single backslash: \\\\ stands for one'
    if (/[A-Za-z]/.test(letter) && !Object.hasOwn(escapes, letter)) {
      return `found "${whole}", expected \\0 to \\9, \\i, \\x, \\U, \\L or \\E`
    }
  }
  return undefined
}

/**
 * Reads a replacement: `\0` to `\9` stand for what was found and its groups, `\i` and `\x` for the
 * client's address, `\U` and `\L` change the case of what follows until `\E`; a backslash before
 * anything else takes away its meaning.
 */
export function parseReplacement(source: string): Replacement {
  const parts = partsOf(source)
  return (values) => {
    let change = same
    let made = ''
    for (const part of parts) {
      if (part.kind === 'case') change = part.change
      else made += change(textOf(part, values))
    }
    return made
  }
}

function partsOf(source: string): Part[] {
  const parts: Part[] = []
  for (const [text, letter] of source.matchAll(/\\([^])|[^\\]+/g)) {
    if (letter === undefined) parts.push({ kind: 'text', text })
    else if (/\d/.test(letter)) parts.push({ kind: 'group', index: Number(letter) })
    else parts.push(escapes[letter] ?? { kind: 'text', text: letter })
  }
  return parts
}

function textOf(part: Exclude<Part, { kind: 'case' }>, values: ReplacementValues): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'group':
      return values.groups[part.index] ?? ''
    case 'address':
      return values.clientAddress
    case 'addressHex':
      return values.clientAddressHex
  }
}
