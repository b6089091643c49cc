import { directiveOf } from './directive.ts'
import { pointerTo } from './pointer.ts'
import { areEqual, isList, isMap, type Value, type Values, valueOf } from './value.ts'

/** One difference. A side is undefined where there is no value. */
export interface ValueChange {
  /** A JSON Pointer; empty for the whole. */
  readonly path: string
  readonly before: Value | undefined
  readonly after: Value | undefined
}

/**
 * What changed between two values, as few and as deep as they can be told apart.
 *
 * Maps are compared key by key, lists of the same length element by element; lists of different
 * length, secrets and other directives change as a whole. Keys of the first come first, in their
 * order, then those that are new. Equal values give none, in whatever order their keys are.
 */
export function diffValues(before: Value, after: Value): readonly ValueChange[] {
  const changes: ValueChange[] = []
  compare({ path: '', before, after }, changes)
  return changes
}

function compare(change: ValueChange, changes: ValueChange[]): void {
  const { path, before, after } = change
  if (before === undefined || after === undefined) changes.push(change)
  else if (isComparable(before) && isComparable(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const sides = { before: valueOf(before, key), after: valueOf(after, key) }
      compare({ path: pointerTo(path, key), ...sides }, changes)
    }
  } else if (isList(before) && isList(after) && before.length === after.length) {
    for (const [index, element] of before.entries()) {
      const sides = { before: element, after: after[index] }
      compare({ path: pointerTo(path, index), ...sides }, changes)
    }
  } else if (!areEqual(before, after)) changes.push(change)
}

function isComparable(value: Value): value is Values {
  return isMap(value) && directiveOf(value) === undefined
}
