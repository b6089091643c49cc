import { isList, isMap, type Value, type ValueList, type Values, valueOf } from './value.ts'

/** Edits of the list that stands below, done in the order of the fields. */
export interface ListEdit {
  readonly kind: 'list'
  /** Elements equal to one of these go. */
  readonly remove: ValueList
  /** Items are merged into the elements that have the same value under the key. */
  readonly mergeBy: { readonly key: string; readonly items: ValueList } | undefined
  /** Come before what is there. */
  readonly prepend: ValueList
  /** Come after what is there. */
  readonly append: ValueList
}

/** What a map with `$` keys says instead of being a value. */
export type Directive =
  | ListEdit
  | { readonly kind: 'unset' }
  | { readonly kind: 'secret'; readonly name: string }

/** Every `$` key; no other key may begin with the sign. */
export const directiveKeys: readonly string[] = [
  '$append',
  '$prepend',
  '$remove',
  '$mergeBy',
  '$unset',
  '$secret',
]

/**
 * Reads a map as a directive; undefined when it is a plain one.
 *
 * Total: of a map that `checkValues` would refuse, what makes sense is taken and the rest ignored.
 */
export function directiveOf(values: Values): Directive | undefined {
  if (!hasDollarKey(values)) return undefined
  const secret = valueOf(values, '$secret')
  if (typeof secret === 'string') return { kind: 'secret', name: secret }
  if (valueOf(values, '$unset') === true) return { kind: 'unset' }
  const isEdit = ['$append', '$prepend', '$remove', '$mergeBy'].some((key) =>
    Object.hasOwn(values, key),
  )
  return isEdit ? listEditOf(values) : undefined
}

/** True for `{ $secret: 'name' }`, the one directive that resolved values may hold. */
export function isSecret(value: Value | undefined): boolean {
  return isMap(value) && typeof valueOf(value, '$secret') === 'string'
}

function listEditOf(values: Values): ListEdit {
  const key = valueOf(values, '$mergeBy')
  return {
    kind: 'list',
    remove: listOf(values, '$remove'),
    mergeBy: typeof key === 'string' ? { key, items: listOf(values, 'items') } : undefined,
    prepend: listOf(values, '$prepend'),
    append: listOf(values, '$append'),
  }
}

function listOf(values: Values, key: string): ValueList {
  const value = valueOf(values, key)
  return isList(value) ? value : []
}

/** Asked of every map on the way of a request, so it makes nothing. */
function hasDollarKey(values: Values): boolean {
  for (const key in values) if (key.charCodeAt(0) === 0x24) return true
  return false
}
