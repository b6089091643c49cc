import { Refusal } from '../base/refusal.ts'
import { isList, isMap, setValue, type Value, type Values, valueOf } from '../inventory/value.ts'

/** The names of the secrets that values hold, each once. */
const namesOf = new WeakMap<Values, readonly string[]>()

/**
 * The names of the secrets that resolved values hold. Remembered: resolved values never change, and
 * the same ones are given until they do.
 */
export function secretNames(values: Values): readonly string[] {
  const known = namesOf.get(values)
  if (known !== undefined) return known
  const names = new Set<string>()
  collect(values, names)
  const list = [...names]
  namesOf.set(values, list)
  return list
}

/** What stands in the place of a secret, given its name. */
export type SecretSubstitute = (name: string) => string | Refusal

/**
 * The values with something in the place of each secret. Where that is a refusal, to look at the
 * value throws it.
 */
export function substituteSecrets(values: Values, substitute: SecretSubstitute): Values {
  return copyOf(values, substitute) as Values
}

function collect(value: Value, names: Set<string>): void {
  const name = nameOf(value)
  if (name !== undefined) names.add(name)
  else if (isList(value)) for (const element of value) collect(element, names)
  else if (isMap(value)) for (const key of Object.keys(value)) collect(value[key] ?? null, names)
}

function nameOf(value: Value): string | undefined {
  if (!isMap(value)) return undefined
  const name = valueOf(value, '$secret')
  return typeof name === 'string' ? name : undefined
}

function copyOf(value: Value, substitute: SecretSubstitute): Value {
  if (isList(value)) {
    const copy: Value[] = []
    for (const [index, element] of value.entries()) put(copy, { key: index, element, substitute })
    return copy
  }
  if (!isMap(value)) return value
  const copy: Record<string, Value> = {}
  for (const key of Object.keys(value)) {
    put(copy, { key, element: value[key] ?? null, substitute })
  }
  return copy
}

function put(
  target: Value[] | Record<string, Value>,
  parts: {
    readonly key: string | number
    readonly element: Value
    readonly substitute: SecretSubstitute
  },
): void {
  const { key, element, substitute } = parts
  const name = nameOf(element)
  const made = name === undefined ? copyOf(element, substitute) : substitute(name)
  if (!(made instanceof Refusal)) {
    if (Array.isArray(target)) target.push(made)
    else setValue(target, String(key), made)
    return
  }
  const get = (): never => {
    throw made
  }
  Object.defineProperty(target, key, { get, enumerable: true, configurable: true })
}
