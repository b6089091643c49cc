/** Lists and objects one inside of the other. */
const DEPTH_MAX = 64

/**
 * Copies values into plain data, which is all that templates read: times become text, maps objects,
 * sets lists.
 *
 * @throws {Error} When a value is a function or symbol, or nested deeper than 64; the message names
 *   it.
 */
export function plainValues(
  values: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  return plainObject(Object.entries(values), name, 0)
}

function plainValue(value: unknown, name: string, depth: number): unknown {
  if (depth > DEPTH_MAX) {
    throw new Error(`Cannot use ${name} in templates: it is nested deeper than ${DEPTH_MAX}`)
  }
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new Error(`Cannot use ${name} in templates: found a ${typeof value}, data is needed`)
  }
  if (typeof value !== 'object' || value === null) return value ?? null
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((one, index) => plainValue(one, `${name}[${index}]`, depth + 1))
  }
  if (value instanceof Map) return plainObject([...(value as Map<unknown, unknown>)], name, depth)
  return plainObject(Object.entries(value), name, depth)
}

function plainObject(
  entries: readonly (readonly [unknown, unknown])[],
  name: string,
  depth: number,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const text = String(key)
      return [text, plainValue(value, `${name}.${text}`, depth + 1)]
    }),
  )
}
