import { closest, distance } from 'fastest-levenshtein'
import { Refusal } from '../../base/refusal.ts'
import { filterRows } from './filters.ts'
import type { UsedName } from './rewrite.ts'

/** A failed template: the journal has the message, the device hears only that it failed. */
export function templateRefusal(message: string): Refusal {
  return new Refusal('GENERATOR_FAILED', message, { wireMessage: 'The template failed' })
}

/** A line of a template, which the engine knows by its key. */
export interface Place {
  readonly key: string
  readonly line: number
}

/** What the engine says of a failure. */
export interface EngineFailure {
  /** `undefined value`, `could not render include` … */
  readonly kind: string
  readonly detail: string
  /** Where; undefined when the engine does not know. */
  readonly place: Place | undefined
}

/** Reads the engine's words: `KIND: DETAIL (in KEY:LINE)`; what it draws below is left out. */
export function parseFailure(text: string): EngineFailure {
  const message = text.split('\n---', 1)[0] ?? ''
  const found = /^(?<words>.*) \(in (?<key>.*?):(?<line>\d+)\)$/s.exec(message)?.groups
  const words = found?.['words'] ?? message
  const colon = words.indexOf(': ')
  const kind = colon < 0 ? words : words.slice(0, colon)
  const detail = colon < 0 ? '' : words.slice(colon + 2)
  const key = found?.['key']
  const place = key === undefined ? undefined : { key, line: Number(found?.['line']) }
  return { kind, detail, place }
}

/** What is wrong, for people, without the place. */
export function describeFailure({ kind, detail }: EngineFailure, fuel: number): string {
  const text = detail.replaceAll(/\.j2\."/g, '.j2"')
  switch (kind) {
    case 'engine ran out of fuel':
      return `needed more than ${fuel} steps: is there an endless loop?`
    case 'undefined value':
      return 'something is undefined'
    case 'unknown function':
      return `function "${text.replace(/ is unknown$/, '')}" is unknown`
    case 'template not found':
      return `template ${/"[^]*"/.exec(text)?.[0] ?? ''} does not exist`
    case 'could not render include':
      return `${text.replace(/^error in /, 'the template ')} failed`
    case 'could not render block':
      return 'the block of the template that this one extends failed'
    default:
      return text === '' ? kind : text
  }
}

/** `phones/a.j2:3: unexpected identifier, expected end of variable block` */
export function describeSyntaxError(message: string, name: string): string {
  const { kind, detail, place } = parseFailure(message)
  const line = place === undefined ? '' : `:${place.line}`
  return `${name}${line}: ${detail === '' ? kind : detail}`
}

/** `phones/a.j2:3: filter "macc" is unknown; did you mean "mac"?` */
export function describeUnknown({ kind, name, line }: UsedName, file: string): string {
  const known = kind === 'filter' ? knownFilters : knownTests
  return `${file}:${line}: ${kind} "${name}" is unknown${suggestion(name, known)}`
}

/**
 * `; did you mean "site.ntp"?` when something near an undefined name is defined, else nothing.
 *
 * @param name - As in the template: `site.ntpp`.
 * @param scope - What is defined outside of templates.
 */
export function suggestDefined(name: string, scope: Readonly<Record<string, unknown>>): string {
  const steps = name.split('.')
  const last = steps.pop() ?? ''
  let within: unknown = scope
  for (const step of steps) {
    within = isRecord(within) && Object.hasOwn(within, step) ? within[step] : undefined
  }
  if (!isRecord(within)) return ''
  const prefix = steps.map((step) => `${step}.`).join('')
  const near = suggestion(last, Object.keys(within), prefix)
  if (near !== '' || steps.length > 0) return near
  const owner = Object.keys(scope).find((key) => isRecord(scope[key]) && name in scope[key])
  return owner === undefined ? '' : `; did you mean "${owner}.${name}"?`
}

function suggestion(name: string, known: readonly string[], prefix = ''): string {
  if (known.length === 0 || name.length > NAME_CHARS_MAX) return ''
  const near = closest(name, known)
  const isNear = distance(name, near) <= Math.ceil(name.length / 3)
  return isNear ? `; did you mean "${prefix}${near}"?` : ''
}

/** Longer names are not compared. */
const NAME_CHARS_MAX = 64

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const jinjaFilters = (
  'abs attr batch bool capitalize chain count d default dictsort e escape filesizeformat first float groupby ' +
  'indent int items join last length lines list lower map max min pluralize pprint reject rejectattr replace ' +
  'reverse round safe select selectattr slice sort split string striptags sum title trim truncate unique upper'
).split(' ')
const knownFilters = [...filterRows.map(({ name }) => name), ...jinjaFilters]

const knownTests = (
  'boolean defined divisibleby endingwith eq equalto even false filter float ge greaterthan gt in int integer ' +
  'iterable le lessthan lower lt mapping ne none number odd safe sameas sequence startingwith string test true ' +
  'undefined upper'
).split(' ')
