import { directiveKeys } from './directive.ts'
import { inventoryLimits } from './limits.ts'
import { pointerTo } from './pointer.ts'
import { shown } from './problem.ts'
import type { RecordProblems } from './record-problems.ts'

/** Where a value stands, which decides what directives mean there. */
export interface ValuePlace {
  /** A JSON Pointer. */
  readonly path: string
  /** Maps and lists around it. */
  readonly depth: number
  /** True where it replaces or is added as it is: nothing lies below that it could edit. */
  readonly isInList: boolean
}

/** Checks one value; what it finds goes to the problems. */
export type CheckValue = (value: unknown, place: ValuePlace) => void

/** What the check of one directive needs. */
export interface DirectiveCheck {
  readonly place: ValuePlace
  readonly problems: RecordProblems
  /** For the values inside. */
  readonly checkValue: CheckValue
}

type Fields = Readonly<Record<string, unknown>>

/** Checks a map that has a `$` key: which keys may stand together, where, and what they hold. */
export function checkDirective(map: Fields, check: DirectiveCheck): void {
  const unknown = Object.keys(map).find(
    (key) => key.startsWith('$') && !directiveKeys.includes(key),
  )
  if (unknown !== undefined) {
    note(check, { steps: [unknown], found: shown(unknown), allowed: directiveKeys.join(', ') })
  } else if (Object.hasOwn(map, '$secret')) checkSecret(map, check)
  else if (check.place.isInList) {
    const [found = ''] = Object.keys(map).filter((key) => key.startsWith('$'))
    const allowed = 'only $secret inside a list, where nothing lies below'
    note(check, { steps: [found], found: shown(found), allowed })
  } else if (Object.hasOwn(map, '$unset')) checkUnset(map, check)
  else checkListEdit(map, check)
}

function checkSecret(map: Fields, check: DirectiveCheck): void {
  checkCompany(map, { check, allowed: ['$secret'] })
  const name = map['$secret']
  if (typeof name === 'string' && secretName.test(name)) return
  const max = inventoryLimits.nameCharactersMax
  const allowed = `the name of a secret: 1 to ${max} letters, digits, ".", "_", "/" and "-"`
  note(check, { steps: ['$secret'], found: shown(name), allowed })
}

const secretName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/

function checkUnset(map: Fields, check: DirectiveCheck): void {
  checkCompany(map, { check, allowed: ['$unset'] })
  checkTrue(map, check)
}

function checkTrue(map: Fields, check: DirectiveCheck): void {
  if (map['$unset'] === true) return
  note(check, { steps: ['$unset'], found: shown(map['$unset']), allowed: 'true' })
}

function checkListEdit(map: Fields, check: DirectiveCheck): void {
  const edits = ['$append', '$prepend', '$remove']
  const isKeyed = Object.hasOwn(map, '$mergeBy')
  checkCompany(map, { check, allowed: isKeyed ? [...edits, '$mergeBy', 'items'] : edits })
  for (const step of edits.filter((key) => Object.hasOwn(map, key))) {
    if (Array.isArray(map[step])) check.checkValue(map[step], placeBelow(check, [step]))
    else note(check, { steps: [step], found: shown(map[step]), allowed: 'a list' })
  }
  if (isKeyed) checkMergeBy(map, check)
}

function checkMergeBy(map: Fields, check: DirectiveCheck): void {
  const key = map['$mergeBy']
  const items: unknown = map['items']
  const max = inventoryLimits.keyCharactersMax
  if (typeof key !== 'string' || key === '' || key.length > max || key.startsWith('$')) {
    const allowed = 'the key by which items are told apart'
    note(check, { steps: ['$mergeBy'], found: shown(key), allowed })
  } else if (Array.isArray(items)) checkItems(items, { ...check, key })
  else note(check, { steps: ['items'], found: shown(items), allowed: 'a list of maps' })
}

type ItemsCheck = DirectiveCheck & { readonly key: string }

/** Items are merged into what lies below, so all directives have a meaning inside of them. */
function checkItems(items: readonly unknown[], check: ItemsCheck): void {
  const seen = new Set<unknown>()
  for (const [index, item] of items.entries()) {
    if (check.problems.isFull) return
    const steps = ['items', index]
    const fields = mapOf(item)
    const value = fields && Object.hasOwn(fields, check.key) ? fields[check.key] : undefined
    if (fields === undefined || !['string', 'number', 'boolean'].includes(typeof value)) {
      const found = fields ? `${shown(value)} under "${check.key}"` : shown(item)
      const allowed = `a map with text, a number, true or false under "${check.key}"`
      note(check, { steps, found, allowed })
    } else if (seen.has(value)) {
      const found = `a second item with "${check.key}" ${shown(value)}`
      note(check, { steps, found, allowed: 'one item for each' })
    } else checkItem(fields, { ...check, place: placeBelow(check, steps) })
    seen.add(value)
  }
}

function checkItem(item: Fields, check: ItemsCheck): void {
  const place = { ...check.place, isInList: false }
  if (!Object.hasOwn(item, '$unset')) {
    const directive = Object.keys(item).find((key) => key.startsWith('$'))
    if (directive === undefined) check.checkValue(item, place)
    else {
      const allowed = 'values, or $unset, beside the key of the item'
      note(check, { steps: [directive], found: shown(directive), allowed })
    }
    return
  }
  checkCompany(item, { check, allowed: ['$unset', check.key] })
  checkTrue(item, check)
}

/** What else stands in the map. */
function checkCompany(
  map: Fields,
  { check, allowed }: { readonly check: DirectiveCheck; readonly allowed: readonly string[] },
): void {
  const step = Object.keys(map).find((key) => !allowed.includes(key))
  if (step === undefined) return
  const [directive = ''] = Object.keys(map).filter((key) => key.startsWith('$') && key !== step)
  const found = `${shown(step)} beside ${shown(directive)}`
  note(check, { steps: [step], found, allowed: `only ${allowed.join(', ')} in this map` })
}

interface Note {
  /** Keys and indexes from the directive down to the fault. */
  readonly steps: Steps
  readonly found: string
  readonly allowed: string
}

type Steps = readonly (string | number)[]

function note(check: DirectiveCheck, { steps, found, allowed }: Note): void {
  const { path } = placeBelow(check, steps)
  check.problems.add({ code: 'DIRECTIVE_WRONG', path, found, allowed })
}

function placeBelow({ place }: DirectiveCheck, steps: Steps): ValuePlace {
  const path = steps.reduce<string>(pointerTo, place.path)
  return { path, depth: place.depth + steps.length, isInList: true }
}

function mapOf(value: unknown): Fields | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? (value as Fields) : undefined
}
