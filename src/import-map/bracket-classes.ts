/** What `[:alpha:]` and its kin stand for within brackets, in the C locale (POSIX 7.3.1). */
const bracketClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t-\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
}

/** A bracket expression that was read. */
export interface Bracket {
  /** As JavaScript writes it. */
  readonly source: string
  /** Index of what follows it. */
  readonly end: number
}

/** How brackets are read. */
export interface BracketStyle {
  /** True where a backslash takes away the meaning of what follows it; in POSIX it is itself. */
  readonly hasEscapes: boolean
}

/**
 * Reads a bracket expression that begins at an index.
 *
 * @throws {SyntaxError} Where it does not end, or has a class or a collating element that is none.
 */
export function readBracket(text: string, start: number, { hasEscapes }: BracketStyle): Bracket {
  let at = start + 1
  let source = '['
  if (text[at] === '^') {
    source += '^'
    at += 1
  }
  // The first `]` stands for itself.
  for (let isFirst = true; isFirst || text[at] !== ']'; isFirst = false) {
    if (at >= text.length) throw new SyntaxError('a "[" has no "]"')
    const named = /^\[([:.=])(.*?)\1\]/.exec(text.slice(at))
    if (named !== null) {
      source += namedPart(named[1] ?? '', named[2] ?? '')
      at += named[0].length
    } else if (hasEscapes && text[at] === '\\') {
      source += text.slice(at, at + 2)
      at += 2
    } else {
      source += /[\\\]^[]/.test(text[at] ?? '') ? `\\${text[at]}` : text[at]
      at += 1
    }
  }
  return { source: `${source}]`, end: at + 1 }
}

function namedPart(kind: string, name: string): string {
  const members = kind === ':' ? bracketClasses[name] : undefined
  if (members !== undefined) return members
  if (kind !== ':' && name.length === 1) return /[\\\]^[-]/.test(name) ? `\\${name}` : name
  throw new SyntaxError(`found [${kind}${name}${kind}], which is not known`)
}
