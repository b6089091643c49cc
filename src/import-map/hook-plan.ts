import { assertExpression, type RuleInput } from './imported-map.ts'
import { translatePerl } from './perl-expression.ts'
import { shellCommand, shellWords } from './shell-words.ts'

/** A hook as it is written. */
export interface Hook {
  readonly type?: string | undefined
  readonly regexp?: string | undefined
  readonly template?: string | undefined
}

/** The rule that leads names to a hook's route, and the route. */
export interface HookPlan {
  readonly rule: RuleInput
  /** Keys of the route. */
  readonly keys: Readonly<Record<string, unknown>>
  /** What should be known of it. */
  readonly notices: readonly string[]
}

/** A template around what the expression found. */
interface Template {
  readonly text: string
  /** Up to the last slash before what was found, slash included; all of it, if nothing was. */
  readonly before: string
  /** From there on; empty if nothing that was found is used. */
  readonly rest: string
}

/**
 * Plans what does the same as a hook.
 *
 * @param name - Of the folder to which its names are led.
 * @throws {SyntaxError} Saying what cannot be said, in half a sentence.
 */
export function planHook({ type, regexp = '', template = '' }: Hook, name: string): HookPlan {
  if (regexp === '') throw new SyntaxError('found no regexp')
  const { source, ignoreCase, groups } = translatePerl(regexp)
  assertExpression(source)
  for (const [, group = ''] of template.matchAll(/\$(\d+)/g)) {
    if (Number(group) >= Math.min(groups.length, 10)) {
      throw new SyntaxError(`found $${group}, but the expression has no such group, or over 9`)
    }
  }
  const find = { find: source, ...(ignoreCase ? { ignoreCase } : {}) }
  const { become, keys, notices } = planned(type, templateOf(template), name)
  const { match, ...making } = keys
  return { rule: { ...find, become, next: 'stop' }, keys: { match, name, ...making }, notices }
}

interface Planned {
  readonly become: string
  readonly keys: Readonly<Record<string, unknown>> & { readonly match: string }
  readonly notices: readonly string[]
}

function planned(type: string | undefined, template: Template, name: string): Planned {
  switch (type) {
    case 'file':
      return planFile(template, name)
    case 'http':
      return planHttp(template, name)
    case 'shell':
      return planShell(template, name)
    default:
      throw new SyntaxError(`found the type "${type ?? ''}", expected file, http or shell`)
  }
}

function planFile({ before, rest }: Template, name: string): Planned {
  const isRelative = !before.startsWith('/')
  const notices = isRelative ? ['its files are below the folder that hooktftp was started in'] : []
  const match = `/${name}/{path...}`
  if (rest === '') {
    return { become: `${name}/file`, keys: { match, static: { file: before } }, notices }
  }
  const folder = before === '' ? '.' : before
  return { become: `${name}/${placed(rest)}`, keys: { match, static: folder }, notices }
}

function planHttp({ text, before, rest }: Template, name: string): Planned {
  if (!/^https?:\/\/[^/]+\//i.test(before)) {
    throw new SyntaxError(`found the URL "${text}", whose host must be written out`)
  }
  const match = `/${name}/{path...}`
  const options = { redirects: 10, endByClose: true }
  const notices = ['what is put into the URL is percent-encoded']
  if (rest === '') {
    const keys = { match, upstream: { url: before, ...options } }
    return { become: `${name}/file`, keys, notices: [] }
  }
  const [path = '', query] = rest.split('?', 2)
  const url = `${before}{path...}${query === undefined ? '' : '?{query}'}`
  const become = `${name}/${placed(decoded(path))}${query === undefined ? '' : `?${placed(query)}`}`
  return { become, keys: { match, upstream: { url, ...options } }, notices }
}

/** A shell runs the words; what was found is in variables, and put in whole, whatever it holds. */
function planShell({ text }: Template, name: string): Planned {
  const words = shellWords(text)
  if (words.length === 0) throw new SyntaxError('found no command')
  const used = [...new Set(words.flat().filter((part) => typeof part === 'number'))]
  const values = used.map((group) => `=\\${group}`).join('|')
  const groups = used.map((group) => `=(?<v${group}>[^]*)`).join('\\|')
  const command = shellCommand(words, (group) => `TRIVET_PARAM_V${group}`)
  const script = { script: '/bin/sh', arguments: ['-c', `exec ${command}`] }
  const keys = { match: `~ ^/${name}/${groups}$`, cgi: { ...script, cgiHeaders: 'never' } }
  const notices = ['an exit status other than 0 is a failure here']
  return { become: `${name}/${values}`, keys, notices }
}

function templateOf(text: string): Template {
  const at = text.search(/\$\d/)
  if (at < 0) return { text, before: text, rest: '' }
  const end = text.lastIndexOf('/', at) + 1
  return { text, before: text.slice(0, end), rest: text.slice(end) }
}

/** As `become` writes it. */
function placed(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(/\$(\d+)/g, (_, group: string) => `\\${group}`)
}

/** What is written in a URL is encoded already; a name is not. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
