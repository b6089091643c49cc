import { createContext, Script } from 'node:vm'
import { type Filter, FilterError, readGiven, shown, textOf } from './filter.ts'

const TEXT_CHARS_MAX = 65_536
const PATTERN_CHARS_MAX = 1000
/** A pattern that backtracks without end is stopped after this. */
const MS_MAX = 100

/**
 * `regex_replace(pattern, replacement, ignorecase=false, multiline=false)`: every match; `\1` and
 * `\g<name>` in the replacement stand for groups.
 *
 * Only a script with a time limit can be stopped inside a regular expression, so the search runs in
 * one.
 */
export const regexReplace: Filter = (value, ...given) => {
  const { positional, named } = readGiven(given)
  const text = limited(textOf('regex_replace', value), TEXT_CHARS_MAX, 'the text')
  const source = textOf('regex_replace', named.get('pattern') ?? positional[0])
  const replacement = textOf('regex_replace', named.get('replacement') ?? positional[1] ?? '')
  const flags = `g${named.get('ignorecase') === true ? 'i' : ''}${named.get('multiline') === true ? 'm' : ''}`
  const pattern = compile(limited(source, PATTERN_CHARS_MAX, 'the pattern'), flags)
  const template = replacement
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(?:g<(\w+)>|(\d))/g, (_, name?: string, digit?: string) =>
      name === undefined ? `$${digit}` : `$<${name}>`,
    )
  return withTimeLimit(() => text.replaceAll(pattern, template), source)
}

const sandbox = createContext({ search: (): string => '' })
const script = new Script('search()')

function withTimeLimit(search: () => string, source: string): string {
  try {
    sandbox['search'] = search
    return String(script.runInContext(sandbox, { timeout: MS_MAX }))
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new FilterError('regex_replace', `${shown(source)} needs more than ${MS_MAX} ms`)
  }
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source.replaceAll('(?P<', '(?<'), flags)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new FilterError('regex_replace', reason)
  }
}

function limited(text: string, charsMax: number, what: string): string {
  if (text.length <= charsMax) return text
  const found = `${what} has ${text.length} characters, at most ${charsMax} are allowed`
  throw new FilterError('regex_replace', found)
}
