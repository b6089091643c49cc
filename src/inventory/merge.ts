import { directiveOf, isSecret } from './directive.ts'
import { type ElementKind, editList } from './edit-list.ts'
import {
  emptyValues,
  frozenCopy,
  isList,
  isMap,
  setValue,
  type Value,
  type Values,
  valueOf,
} from './value.ts'

/**
 * Lays layers over each other, base first; the last word wins.
 *
 * A left fold of `applyLayer`, so it may be cut anywhere: `mergeLayers([...one, ...two])` is
 * `mergeLayers(two, mergeLayers(one))`. An empty layer changes nothing. Of layers without
 * directives that agree on what is a map, any two neighbours may be merged first.
 *
 * @param start - What to begin with: values already merged. Default: none.
 */
export function mergeLayers(layers: Iterable<Values>, start: Values = emptyValues): Values {
  let values = start
  for (const layer of layers) values = applyLayer(values, layer)
  return values
}

/**
 * Lays one layer over merged values.
 *
 * Maps merge key by key; anything else replaces, whatever it was, unless it is a directive. Doing
 * it twice is doing it once, save with `$append` and `$prepend`. Keys keep their place, new ones
 * come last. Total: over a missing value or one of another kind, a map or an edit of a list begins
 * with an empty one. The result holds no directive but `$secret`, is deeply frozen if `below` is,
 * shares what was not touched with `below` and nothing with `layer`.
 */
export function applyLayer(below: Values, layer: Values): Values {
  const merged: Record<string, Value> = { ...below }
  let removed: Set<string> | undefined
  for (const key of Object.keys(layer)) {
    const value = applyValue(valueOf(below, key), layer[key] ?? null)
    if (value !== undefined) setValue(merged, key, value)
    else if (Object.hasOwn(below, key)) removed = (removed ?? new Set()).add(key)
  }
  return Object.freeze(removed === undefined ? merged : without(merged, removed))
}

/** Undefined when the value is removed. */
function applyValue(below: Value | undefined, said: Value): Value | undefined {
  if (!isMap(said)) return frozenCopy(said)
  const directive = directiveOf(said)
  switch (directive?.kind) {
    case undefined:
      return applyLayer(isMergeable(below) ? below : emptyValues, said)
    case 'unset':
      return undefined
    case 'secret':
      return frozenCopy(said)
    case 'list':
      return Object.freeze(editList(isList(below) ? below : [], directive, plainElements).elements)
  }
}

const plainElements: ElementKind<Value> = {
  read: (element) => element,
  make: (value) => frozenCopy(value),
  merge: (element, item) => applyLayer(isMergeable(element) ? element : emptyValues, item),
}

/** True for a map that another may be merged into; a secret is a leaf. */
function isMergeable(value: Value | undefined): value is Values {
  return isMap(value) && !isSecret(value)
}

/** Leaving keys out of a copy; `delete` would make every later read of the map slow. */
function without(values: Values, removed: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !removed.has(key)))
}
