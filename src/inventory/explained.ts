import { directiveOf, isSecret, type ListEdit } from './directive.ts'
import { type ElementKind, editList } from './edit-list.ts'
import { pointerTo } from './pointer.ts'
import {
  emptyValues,
  frozenCopy,
  isList,
  isMap,
  setValue,
  type Value,
  type ValueList,
  type Values,
} from './value.ts'

/** What one layer says of a key, as it is written there. */
export interface Said {
  /** The name of a class, or `own`. */
  readonly layer: string
  /** Where in the values of that layer: a JSON Pointer. */
  readonly at: string
  readonly value: Value
}

interface History {
  /** What stands, base first: one for a leaf; for a map or list also what was added later. */
  readonly standing: readonly Said[]
  /** What stood before and lost, base first. */
  readonly beaten: readonly Said[]
}

/** A merged value that remembers who said what. */
export type Explained = History &
  (
    | { readonly kind: 'leaf'; readonly value: Value }
    | { readonly kind: 'map'; readonly keys: ReadonlyMap<string, Explained> }
    | { readonly kind: 'list'; readonly elements: readonly Explained[] }
    | { readonly kind: 'removed' }
  )

/** Lays what one layer says over what those below came to, by the rules of `applyLayer`. */
function layOver(below: Explained | undefined, said: Said): Explained {
  const { value } = said
  const directive = isMap(value) ? directiveOf(value) : undefined
  switch (directive?.kind) {
    case 'unset':
      return { kind: 'removed', standing: [said], beaten: allOf(below) }
    case 'list':
      return layEdit(below, said, directive)
    case 'secret':
    case undefined:
      if (isMap(value) && directive === undefined) return layMap(below, said, value)
      return { ...verbatim(said), beaten: allOf(below) }
  }
}

/** Lays a map over whatever is there, key by key; what its top says is no directive. */
export function layMap(below: Explained | undefined, said: Said, map: Values): Explained {
  const isOnMap = below?.kind === 'map'
  const keys = new Map(isOnMap ? below.keys : [])
  for (const key of Object.keys(map)) {
    const at = pointerTo(said.at, key)
    const before = keys.get(key)
    const after = layOver(before, { layer: said.layer, at, value: map[key] ?? null })
    // A key that comes back is a new one, and those come last.
    if (before?.kind === 'removed' && after.kind !== 'removed') keys.delete(key)
    keys.set(key, after)
  }
  return { kind: 'map', keys, ...(isOnMap ? joined(below, said) : begun(below, said)) }
}

function layEdit(below: Explained | undefined, said: Said, edit: ListEdit): Explained {
  if (below?.kind !== 'list') {
    const { elements } = editList([], edit, explainedElements(said))
    return { kind: 'list', elements, ...begun(below, said) }
  }
  const { elements, removed } = editList(below.elements, edit, explainedElements(said))
  const { standing, beaten } = joined(below, said)
  return { kind: 'list', elements, standing, beaten: [...beaten, ...removed.flatMap(allOf)] }
}

function explainedElements({ layer, at }: Said): ElementKind<Explained> {
  return {
    read: valueOfExplained,
    make: (value, below) => verbatim({ layer, at: at + below, value }),
    merge: (element, item, below) => layMap(element, { layer, at: at + below, value: item }, item),
  }
}

/** A value in which directives mean nothing: what stands in a list. */
function verbatim(said: Said): Explained {
  const { layer, at, value } = said
  const history = { standing: [said], beaten: [] }
  if (isList(value)) {
    const elements = value.map((element, index) =>
      verbatim({ layer, at: pointerTo(at, index), value: element }),
    )
    return { kind: 'list', elements, ...history }
  }
  if (!isMap(value) || isSecret(value)) return { kind: 'leaf', value, ...history }
  const entries = Object.keys(value).map((key): [string, Explained] => {
    return [key, verbatim({ layer, at: pointerTo(at, key), value: value[key] ?? null })]
  })
  return { kind: 'map', keys: new Map(entries), ...history }
}

function joined(below: Explained, said: Said): History {
  return { standing: [...below.standing, said], beaten: below.beaten }
}

function begun(below: Explained | undefined, said: Said): History {
  return { standing: [said], beaten: allOf(below) }
}

function allOf(explained: Explained | undefined): readonly Said[] {
  return explained === undefined ? [] : [...explained.beaten, ...explained.standing]
}

/** The value alone, deeply frozen. */
export function valueOfExplained(explained: Explained): Value {
  switch (explained.kind) {
    case 'leaf':
      return frozenCopy(explained.value)
    case 'list':
      return Object.freeze(explained.elements.map(valueOfExplained)) satisfies ValueList
    case 'map': {
      const values: Record<string, Value> = {}
      for (const [key, one] of explained.keys) {
        if (one.kind !== 'removed') setValue(values, key, valueOfExplained(one))
      }
      return Object.freeze(values)
    }
    case 'removed':
      return emptyValues
  }
}
