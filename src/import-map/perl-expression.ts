import { readBracket } from './bracket-classes.ts'

/** An expression of PCRE or Go, as JavaScript writes it. */
export interface PerlExpression {
  readonly source: string
  readonly ignoreCase: boolean
  /** Names of its groups, by number; unnamed ones are undefined. */
  readonly groups: readonly (string | undefined)[]
}

/** What JavaScript writes otherwise. */
const escapes: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '$',
  h: '[ \\t]',
  H: '[^ \\t]',
  R: '(?:\\r\\n|[\\n-\\r])',
  a: '\\x07',
  e: '\\x1b',
  N: '[^\\n]',
  '<': '<',
  '>': '>',
}

/** What no expression in JavaScript can say. */
const foreignEscape = /^\\[GKXpPCgo]/
const foreignGroup = /^\(\?(?:>|\||R|\d|&|\(|[+-]\d|P>|C)|^\(\*/

/**
 * Translates a regular expression of PCRE, or of Go's `regexp`.
 *
 * @throws {SyntaxError} Saying what cannot be said in JavaScript, in half a sentence.
 */
export function translatePerl(text: string): PerlExpression {
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(text)
  const given = flags?.[1] ?? ''
  if (/[^ims]/.test(given)) throw new SyntaxError(`found (?${given}), only i, m and s can be said`)
  const lines = given.includes('m')
  const { source, groups } = new PerlReader(text.slice(flags?.[0].length ?? 0)).read()
  return { source: lines ? `(?m:${source})` : source, ignoreCase: given.includes('i'), groups }
}

class PerlReader {
  readonly #text: string
  #at = 0
  #made = ''
  readonly #groups: (string | undefined)[] = [undefined]

  constructor(text: string) {
    this.#text = text
  }

  read(): Pick<PerlExpression, 'source' | 'groups'> {
    while (this.#at < this.#text.length) this.#next(this.#text[this.#at] ?? '')
    return { source: this.#made, groups: this.#groups }
  }

  #next(char: string): void {
    const rest = this.#text.slice(this.#at)
    if (char === '\\') return this.#escape(rest)
    if (char === '(') return this.#group(rest)
    if (char === '[') {
      const { source, end } = readBracket(this.#text, this.#at, { hasEscapes: true })
      return this.#take(end - this.#at, source)
    }
    const possessive = /^(?:[*+?]|\{\d+(?:,\d*)?\})\+/.exec(rest)
    if (possessive !== null) throw foreign(possessive[0])
    this.#take(1, char)
  }

  #escape(rest: string): void {
    const quoted = /^\\Q(.*?)(?:\\E|$)/.exec(rest)
    if (quoted !== null) {
      const literal = (quoted[1] ?? '').replaceAll(/[$()*+.?[\\\]^{|}/]/g, '\\$&')
      return this.#take(quoted[0].length, literal)
    }
    if (foreignEscape.test(rest)) throw foreign(rest.slice(0, 2))
    const code = /^\\x\{([0-9A-Fa-f]{1,4})\}/.exec(rest)
    if (code !== null) return this.#take(code[0].length, `\\u${code[1]?.padStart(4, '0')}`)
    const letter = rest[1] ?? ''
    if (letter === '') throw new SyntaxError('it ends in a single backslash')
    this.#take(2, escapes[letter] ?? rest.slice(0, 2))
  }

  #group(rest: string): void {
    const comment = /^\(\?#[^)]*\)/.exec(rest)
    if (comment !== null) return this.#take(comment[0].length, '')
    const again = /^\(\?P=(\w+)\)/.exec(rest)
    if (again !== null) return this.#take(again[0].length, `\\k<${again[1]}>`)
    if (foreignGroup.test(rest)) throw foreign(rest.slice(0, 3))
    const flags = /^\(\?([a-zA-Z-]*)([:)])/.exec(rest)
    if (flags !== null) return this.#flags(flags)
    const named = /^\(\?(?:P?<(\w+)>|'(\w+)')/.exec(rest)
    const name = named?.[1] ?? named?.[2]
    if (named !== null) return this.#capture(named[0].length, `(?<${name}>`, name)
    if (rest.startsWith('(?')) return this.#take(2, '(?')
    this.#capture(1, '(', undefined)
  }

  #flags([whole = '', flags = '', end]: RegExpExecArray): void {
    if (end === ')' || /[^ims-]/.test(flags)) throw foreign(whole)
    this.#take(whole.length, whole)
  }

  #capture(length: number, source: string, name: string | undefined): void {
    this.#groups.push(name)
    this.#take(length, source)
  }

  #take(length: number, source: string): void {
    this.#made += source
    this.#at += length
  }
}

function foreign(found: string): SyntaxError {
  return new SyntaxError(`found "${found}", which no regular expression in JavaScript can say`)
}
