import {
  assertExpression,
  type ImportedMap,
  type ImportedRoute,
  type ImportedRule,
  type ImportOptions,
  lineComment,
  type Notice,
  reasonOf,
  type RuleInput,
} from './imported-map.ts'
import { servedFiles } from './served-files.ts'
import { translatePosix } from './posix-expression.ts'

/** A line of a map file that is a rule, as `in.tftpd` reads it. */
interface MapLine {
  readonly line: number
  readonly text: string
  readonly flags: string
  readonly expression: string
  readonly replacement: string
}

/** The label of the rule where `s` goes on. */
const SECOND = 'second rule'

/**
 * Reads a map file of tftp-hpa (`in.tftpd --map-file`), as version 5.2 does; `gg` and `j` with its
 * labels, which version 6 adds, as well.
 */
export function importTftpHpa(text: string, options: ImportOptions): ImportedMap {
  const reader = new MapReader(options)
  for (const [index, line] of text.split('\n').entries()) reader.read(line, index + 1)
  const { rules, notices } = reader.result()
  const methods = options.takesUploads ? { methods: ['GET', 'PUT'] } : {}
  const keys = { match: '/{path...}', name: 'map', ...methods }
  const routes: ImportedRoute[] = rules.length === 0 ? [] : [{ keys, rules }]
  return { site: {}, routes: [...routes, ...servedFiles(options)], notices }
}

class MapReader {
  readonly #options: ImportOptions
  readonly #rules: ImportedRule[] = []
  readonly #notices: Notice[] = []

  constructor(options: ImportOptions) {
    this.#options = options
  }

  read(text: string, line: number): void {
    const [flags = '', ...words] = wordsOf(text)
    if (flags === '') return
    if (flags.startsWith(':') && flags.length > 1) {
      this.#add({ line, text }, { label: flags.slice(1), find: '' })
      return
    }
    const [expression, replacement = ''] = words
    if (expression === undefined) return this.#lose(line, 'found no regular expression')
    this.#readRule({ line, text, flags, expression, replacement })
  }

  result(): { readonly rules: readonly ImportedRule[]; readonly notices: readonly Notice[] } {
    return { rules: labelled(this.#rules), notices: this.#notices }
  }

  #readRule(rule: MapLine): void {
    const problem = flagProblem(rule.flags)
    if (problem !== undefined) return this.#lose(rule.line, problem)
    const has = (flag: string): boolean => rule.flags.includes(flag)
    if ((has('G') && has('P')) || (has('4') && has('6'))) {
      return this.#tell(rule.line, 'never applies, so it is left out: G and P, 4 and 6 exclude')
    }
    if (has('P') && !this.#options.takesUploads) {
      this.#tell(rule.line, 'is for uploads: --uploads lets devices write')
    }
    if (!/[rseaj]/.test(rule.flags)) {
      return this.#tell(rule.line, 'does nothing, so it is left out: none of r, e, s, a, j')
    }
    try {
      this.#translate(rule, has)
    } catch (error) {
      this.#lose(rule.line, reasonOf(error))
    }
  }

  #translate(rule: MapLine, has: (flag: string) => boolean): void {
    const { source, needsLongest } = translatePosix(rule.expression)
    assertExpression(source)
    // `a` comes before `r`: what is refused is not rewritten.
    const isRewriting = has('r') && !has('a')
    const repeat = /g.*g/.test(rule.flags) ? 'each' : 'until-gone'
    this.#add(rule, {
      find: source,
      ...(has('~') ? { unless: true } : {}),
      ...(has('i') ? { ignoreCase: true } : {}),
      ...(needsLongest && !has('~') ? { longest: true } : {}),
      ...(has('G') ? { method: 'GET' as const } : {}),
      ...(has('P') ? { method: 'PUT' as const } : {}),
      ...(has('4') ? { family: 'ipv4' as const } : {}),
      ...(has('6') ? { family: 'ipv6' as const } : {}),
      ...(isRewriting ? { replace: replacementOf(rule.replacement) } : {}),
      ...(isRewriting && has('g') ? { repeat } : {}),
      ...this.#whatNext(rule, has),
    })
  }

  #whatNext(
    { line, replacement }: MapLine,
    has: (flag: string) => boolean,
  ): Pick<RuleInput, 'next' | 'goto' | 'message'> {
    if (has('a')) {
      const message = replacement === '' ? {} : { message: replacementOf(replacement) }
      return { next: 'refuse', ...message }
    }
    if (has('e')) return { next: 'stop' }
    if (has('s')) {
      const said = 'its manual, and version 6, say the first: that is `next: restart`'
      this.#tell(line, `s goes on with the second rule, as in.tftpd 5.2 does; ${said}`)
      return { goto: SECOND }
    }
    return has('j') ? { goto: labelOf(replacement) } : {}
  }

  #add({ line, text }: { readonly line: number; readonly text: string }, rule: RuleInput): void {
    this.#rules.push({ comment: lineComment(line, text), rule })
  }

  #lose(line: number, message: string): void {
    this.#notices.push({ line, message, isLost: true })
  }

  #tell(line: number, message: string): void {
    this.#notices.push({ line, message, isLost: false })
  }
}

/**
 * The words of a line: a backslash keeps white space and `#` in one, and stays; an unescaped `#`
 * begins a comment.
 */
function wordsOf(text: string): string[] {
  const code = /^(?:\\[^]|[^\\#])*\\?/.exec(text)?.[0] ?? ''
  return code.match(/(?:\\[^]|[^\\\s])+\\?|\\$/g) ?? []
}

function flagProblem(flags: string): string | undefined {
  const unknown = /[^rgiesaGP46~j]/.exec(flags)?.[0]
  if (unknown === 'E') return 'found "E", which asks whether a file is there: write two routes'
  if (unknown !== undefined) return `found the operation "${unknown}", which is not known`
  if (flags.includes('r') && flags.includes('~')) return 'found "r" with "~", which exclude'
  if (flags.includes('j') && /[rae]/.test(flags)) return 'found "j" with "r", "a" or "e"'
  return undefined
}

/** Letters that say nothing there lose their backslash; here they would be refused. */
function replacementOf(text: string): string {
  return text.replaceAll(/\\([^]?)/g, (whole, letter: string) => {
    if (letter === '') return '\\\\'
    return /[A-Za-z]/.test(letter) && !/[ixULE]/.test(letter) ? letter : whole
  })
}

function labelOf(text: string): string {
  if (text === '' || text.includes('\\')) {
    throw new SyntaxError(`found the label "${text}", only one that is written out can be said`)
  }
  return text
}

/** With the label for `s`, if one is needed. Without a second rule the name is ready. */
function labelled(rules: readonly ImportedRule[]): readonly ImportedRule[] {
  if (!rules.some(({ rule }) => rule.goto === SECOND)) return rules
  const [first, second, ...rest] = rules
  if (first === undefined) return rules
  if (second === undefined) {
    const { goto: _goto, ...rule } = first.rule
    return [{ ...first, rule: { ...rule, next: 'stop' } }]
  }
  return [first, { ...second, rule: { label: SECOND, ...second.rule } }, ...rest]
}
