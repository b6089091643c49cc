/**
 * Plain JSON data, as devices and classes hold it and templates read it.
 *
 * Nothing here or beside it trusts an object's prototype: a key may be called `constructor` or
 * `__proto__`.
 */
export type Value = null | boolean | number | string | ValueList | Values

/** An ordered list. */
export type ValueList = readonly Value[]

/** A map of keys to values; what a device or a class has at the top. */
export interface Values {
  readonly [key: string]: Value
}

export const emptyValues: Values = Object.freeze({})

export function isList(value: Value | undefined): value is ValueList {
  return Array.isArray(value)
}

export function isMap(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Not a Date, a Map or another thing with a class of its own. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** What a map itself holds under a key; never what its prototype does. */
export function valueOf(values: Values, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}

/** Sets a key of a map that is being made; `__proto__` is a key like any other. */
export function setValue(values: Record<string, Value>, key: string, value: Value): void {
  if (key !== '__proto__') {
    values[key] = value
    return
  }
  const flags = { configurable: true, enumerable: true, writable: true }
  Object.defineProperty(values, key, { ...flags, value })
}

/** A deep copy that nobody can change. */
export function frozenCopy<Kind extends Value>(value: Kind): Kind
export function frozenCopy(value: Value): Value {
  if (isList(value)) return Object.freeze(value.map((element) => frozenCopy(element)))
  if (!isMap(value)) return value
  const copy: Record<string, Value> = {}
  for (const key of Object.keys(value)) setValue(copy, key, frozenCopy(value[key] ?? null))
  return Object.freeze(copy)
}

/** Deep equality; the order of keys does not count, that of elements does. */
export function areEqual(one: Value, other: Value): boolean {
  if (one === other) return true
  if (isList(one) && isList(other)) {
    return (
      one.length === other.length &&
      one.every((element, index) => areEqual(element, other[index] ?? null))
    )
  }
  if (!isMap(one) || !isMap(other)) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => {
    const value = valueOf(other, key)
    return value !== undefined && areEqual(one[key] ?? null, value)
  })
}
