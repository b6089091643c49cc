import { canonicalText } from './canonical.ts'
import type { ListEdit } from './directive.ts'
import { isMap, type Value, type ValueList, type Values, valueOf } from './value.ts'

/** How an edit reads and makes elements, so that plain and explained values share its rules. */
export interface ElementKind<Element> {
  readonly read: (element: Element) => Value
  /** @param at - Where in the directive the value stands: `/$append/0`. */
  readonly make: (value: Value, at: string) => Element
  /** Lays an item of `$mergeBy` over an element, or over nothing. */
  readonly merge: (element: Element | undefined, item: Values, at: string) => Element
}

export interface EditedList<Element> {
  readonly elements: readonly Element[]
  /** What `$remove`, or `$unset` in an item, took out. */
  readonly removed: readonly Element[]
}

/**
 * Does all that one directive says, in this order however it is written: `$remove`, `$mergeBy`,
 * `$prepend`, `$append`.
 */
export function editList<Element>(
  below: readonly Element[],
  edit: ListEdit,
  kind: ElementKind<Element>,
): EditedList<Element> {
  const kept = removeEqual(below, edit.remove, kind)
  const merged = edit.mergeBy ? new KeyedList(kept.elements, edit.mergeBy.key, kind) : undefined
  edit.mergeBy?.items.forEach((item, index) => merged?.mergeItem(item, `/items/${index}`))
  const make = (values: ValueList, name: string): Element[] =>
    values.map((value, index) => kind.make(value, `/${name}/${index}`))
  return {
    elements: [
      ...make(edit.prepend, '$prepend'),
      ...(merged?.elements ?? kept.elements),
      ...make(edit.append, '$append'),
    ],
    removed: [...kept.removed, ...(merged?.removed ?? [])],
  }
}

function removeEqual<Element>(
  below: readonly Element[],
  remove: ValueList,
  { read }: ElementKind<Element>,
): EditedList<Element> {
  if (remove.length === 0) return { elements: below, removed: [] }
  const texts = new Set(remove.map((value) => canonicalText(value)))
  const isRemoved = (element: Element): boolean => texts.has(canonicalText(read(element)))
  return {
    elements: below.filter((element) => !isRemoved(element)),
    removed: below.filter((element) => isRemoved(element)),
  }
}

/** Elements found by their value under one key, so that long lists merge in linear time. */
class KeyedList<Element> {
  readonly removed: Element[] = []
  readonly #slots: (Element | undefined)[]
  readonly #indexes = new Map<Value, number[]>()
  readonly #key: string
  readonly #kind: ElementKind<Element>

  constructor(elements: readonly Element[], key: string, kind: ElementKind<Element>) {
    this.#slots = [...elements]
    this.#key = key
    this.#kind = kind
    elements.forEach((element, index) => this.#note(kind.read(element), index))
  }

  get elements(): Element[] {
    return this.#slots.filter((element) => element !== undefined)
  }

  /** Elements that match stay where they are; an item that matches none comes last. */
  mergeItem(item: Value, at: string): void {
    if (!isMap(item)) {
      this.#slots.push(this.#kind.make(item, at))
      return
    }
    const indexes = this.#indexes.get(keyOf(item, this.#key) ?? null) ?? []
    if (valueOf(item, '$unset') === true) {
      this.#remove(indexes)
      return
    }
    for (const index of indexes) {
      this.#slots[index] = this.#kind.merge(this.#slots[index], item, at)
    }
    if (indexes.length > 0) return
    this.#note(item, this.#slots.length)
    this.#slots.push(this.#kind.merge(undefined, item, at))
  }

  #remove(indexes: readonly number[]): void {
    for (const index of indexes) {
      const element = this.#slots[index]
      if (element !== undefined) this.removed.push(element)
      this.#slots[index] = undefined
    }
  }

  #note(value: Value, index: number): void {
    const key = keyOf(value, this.#key)
    if (key === undefined) return
    const indexes = this.#indexes.get(key)
    if (indexes) indexes.push(index)
    else this.#indexes.set(key, [index])
  }
}

/** Text, a number or a boolean; 1 and `'1'` are two. */
function keyOf(value: Value, key: string): Value | undefined {
  const found = isMap(value) ? valueOf(value, key) : undefined
  return typeof found === 'object' ? undefined : found
}
