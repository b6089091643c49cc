/**
 * A filter of our own: the value in front of the bar and the arguments, as the engine hands them
 * over (maps are `Map`, keyword arguments a `Map` at the end, none and undefined both `undefined`).
 *
 * @throws {FilterError} When the value is not what it takes.
 */
export type Filter = (value: unknown, ...given: unknown[]) => unknown

/** What a filter cannot do, without its place: `mac: "0011" is not a MAC address`. */
export class FilterError extends Error {
  constructor(filter: string, found: string) {
    super(`${filter}: ${found}`)
    this.name = 'FilterError'
  }
}

/** Most characters of a value that a message shows. */
const SHOWN_CHARS_MAX = 40

/** A value for messages: `"0011"`, `none`, `a list`. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none'
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : 'a mapping'
}

/** Text, or a number or truth value as text. */
export function textOf(filter: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new FilterError(filter, `${shown(value)} is not text`)
}

/** Arguments by position and by name. */
export interface Given {
  readonly positional: readonly unknown[]
  readonly named: ReadonlyMap<string, unknown>
}

export function readGiven(given: readonly unknown[]): Given {
  const last = given.at(-1)
  if (!(last instanceof Map)) return { positional: given, named: new Map() }
  return { positional: given.slice(0, -1), named: last as Map<string, unknown> }
}

function cut(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text
}
