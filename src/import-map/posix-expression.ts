import { readBracket } from './bracket-classes.ts'

/** A regular expression, as JavaScript writes it. */
export interface TranslatedExpression {
  readonly source: string
  /** True where JavaScript may find less than the longest. */
  readonly needsLongest: boolean
}

/** Of the letters behind a backslash those that are more than themselves in GNU's library. */
const gnuEscapes: Readonly<Record<string, string>> = {
  w: '\\w',
  W: '\\W',
  s: '\\s',
  S: '\\S',
  b: '\\b',
  B: '\\B',
  '<': '\\b(?=\\w)',
  '>': '\\b(?<=\\w)',
  '`': '^',
  "'": '$',
}

/**
 * Translates an extended regular expression of POSIX, as `regcomp` of the GNU C library reads it.
 *
 * @throws {SyntaxError} Saying what is wrong, in half a sentence.
 */
export function translatePosix(source: string): TranslatedExpression {
  return new PosixReader(source).read()
}

class PosixReader {
  readonly #text: string
  #at = 0
  #made = ''
  /** Where the atom begins that a quantifier would be for; undefined: there is none. */
  #atomStart: number | undefined
  readonly #groupStarts: number[] = []
  /** Parts whose length the name decides. */
  #variableCount = 0
  #alternativeCount = 0
  #hasTopAlternative = false

  constructor(text: string) {
    this.#text = text
  }

  read(): TranslatedExpression {
    while (this.#at < this.#text.length) this.#next(this.#text[this.#at] ?? '')
    if (this.#groupStarts.length > 0) throw new SyntaxError('a "(" has no ")"')
    return { source: this.#made, needsLongest: !this.#isAnchored && !this.#isPlain }
  }

  /** Whatever is found ends where the name does. */
  get #isAnchored(): boolean {
    if (this.#hasTopAlternative) return false
    const groupsMayEnd = this.#alternativeCount === 0 ? '\\)*' : ''
    const end = new RegExp(`(?:^|[^\\\\])(?:\\\\\\\\)*(?:\\$|\\.\\*)${groupsMayEnd}$`)
    return end.test(this.#text)
  }

  /** One part at most can be longer or shorter: the longest of it is the longest of all. */
  get #isPlain(): boolean {
    return this.#alternativeCount === 0 && this.#variableCount <= 1
  }

  #next(char: string): void {
    switch (char) {
      case '\\':
        return this.#escape()
      case '[': {
        const { source, end } = readBracket(this.#text, this.#at, { hasEscapes: false })
        return this.#atom(source, end - this.#at)
      }
      case '(':
        this.#groupStarts.push(this.#made.length)
        return this.#mark('(')
      case ')':
        return this.#close()
      case '|':
        this.#alternativeCount += 1
        if (this.#groupStarts.length === 0) this.#hasTopAlternative = true
        return this.#mark('|')
      case '^':
      case '$':
        return this.#mark(char)
      case '*':
      case '+':
      case '?':
        return this.#quantifier(char, 1)
      case '{':
        return this.#interval()
      default:
        return this.#atom(/[}\]]/.test(char) ? `\\${char}` : char, 1)
    }
  }

  #atom(source: string, length: number): void {
    this.#atomStart = this.#made.length
    this.#made += source
    this.#at += length
  }

  /** What no quantifier may follow. */
  #mark(source: string): void {
    this.#atomStart = undefined
    this.#made += source
    this.#at += 1
  }

  #escape(): void {
    const char = this.#text[this.#at + 1]
    if (char === undefined) throw new SyntaxError('it ends in a single backslash')
    const known = gnuEscapes[char]
    if (known !== undefined) return this.#atom(known, 2)
    if (/[1-9]/.test(char)) return this.#atom(`(?:\\${char})`, 2)
    // Behind other letters JavaScript sees more than the letter.
    return this.#atom(/[\w\s]/.test(char) ? char : `\\${char}`, 2)
  }

  #close(): void {
    const start = this.#groupStarts.pop()
    // POSIX leaves an unmatched one undefined; the GNU library takes it for itself.
    if (start === undefined) return this.#atom('\\)', 1)
    this.#made += ')'
    this.#at += 1
    this.#atomStart = start
  }

  #interval(): void {
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(this.#text.slice(this.#at))
    const [whole = '', least = '', comma = '', most = ''] = found ?? []
    if (found === null || (least === '' && comma === '')) {
      throw new SyntaxError('found "{" without a count such as {2} or {1,3}')
    }
    const isFixed = comma === ''
    this.#quantifier(isFixed ? whole : `{${least || '0'},${most}}`, whole.length, isFixed)
  }

  #quantifier(quantifier: string, length: number, isFixed = false): void {
    if (this.#atomStart === undefined) {
      throw new SyntaxError(`found "${quantifier}" with nothing before it to repeat`)
    }
    if (!isFixed) this.#variableCount += 1
    const atom = this.#made.slice(this.#atomStart)
    // A second quantifier would mean something else: `a*?` is lazy, `a**` is an error.
    this.#made = `${this.#made.slice(0, this.#atomStart)}${atom}${quantifier}`
    const next = this.#text[this.#at + length]
    if (next !== undefined && /[*+?{]/.test(next)) {
      const start = this.#atomStart
      this.#made = `${this.#made.slice(0, start)}(?:${this.#made.slice(start)})`
    }
    this.#at += length
  }
}
