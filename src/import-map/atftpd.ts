import {
  assertExpression,
  type ImportedMap,
  type ImportedRoute,
  type ImportedRule,
  type ImportOptions,
  lineComment,
  type Notice,
  reasonOf,
} from './imported-map.ts'
import { translatePerl } from './perl-expression.ts'
import { servedFiles } from './served-files.ts'

/**
 * Reads a file of patterns of atftpd (`--pcre`), as version 0.8 does: a file that is there under
 * the name that is asked is served, else the first pattern that fits makes another name.
 */
export function importAtftpd(text: string, options: ImportOptions): ImportedMap {
  const rules: ImportedRule[] = []
  const notices: Notice[] = []
  // What comes behind the last line end is no line.
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  for (const [index, written] of lines.entries()) {
    const line = index + 1
    try {
      rules.push(readLine(written, line))
    } catch (error) {
      notices.push({ line, message: reasonOf(error), isLost: true })
    }
  }
  const [files, ...uploads] = servedFiles({ ...options, hasAbsoluteNames: false })
  const asAsked: ImportedRoute = {
    comment: 'what is there under the name that is asked',
    keys: { match: '/{path...}', name: 'as asked', static: options.root },
  }
  const map: ImportedRoute = { keys: { match: '/{path...}', name: 'map' }, rules }
  const routes = rules.length === 0 ? [] : [asAsked, map]
  return { site: {}, routes: [...routes, ...(files ? [files] : []), ...uploads], notices }
}

/** @throws {SyntaxError} */
function readLine(text: string, line: number): ImportedRule {
  const [, expression, right] = /^(\S+)\s+(\S+)\s*$/.exec(text) ?? []
  if (expression === undefined || right === undefined || /^\s/.test(text)) {
    throw new SyntaxError('found no pattern with a replacement, for which atftpd does not start')
  }
  const { source, ignoreCase, groups } = translatePerl(expression)
  assertExpression(source)
  const replace = replacementOf(right, groups)
  const find = { find: source, ...(ignoreCase ? { ignoreCase } : {}) }
  return { comment: lineComment(line, text), rule: { ...find, replace, next: 'stop' } }
}

/** `$1`, `${1}`, `${name}` and `$$`, as PCRE2 reads them. @throws {SyntaxError} */
function replacementOf(text: string, groups: readonly (string | undefined)[]): string {
  return text.replaceAll(/\$(?:\$|(\d+)|(\w+)|\{(\w+)\}|)|\\/g, (whole, ...found: string[]) => {
    if (whole === '$$') return '$'
    if (whole === '\\') return '\\\\'
    const [number, name, braced] = found
    const group = number ?? name ?? braced
    if (group === undefined) throw new SyntaxError('found "$" without a group: $1, ${name} or $$')
    const index = /^\d+$/.test(group) ? Number(group) : groups.indexOf(group)
    if (index < 0 || index >= groups.length) throw new SyntaxError(`found no group "${group}"`)
    if (index > 9) throw new SyntaxError(`found group ${index}, of which only 0 to 9 can be said`)
    return `\\${index}`
  })
}
