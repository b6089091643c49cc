import { isList, isMap, setValue, type Value, type Values } from '../../inventory/value.ts'

/**
 * The values without those that refuse to be looked at: for a template they are undefined, so that
 * one which does not need them renders.
 */
export function readableValues(values: Values): Values {
  const copy: Record<string, Value> = {}
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(values))) {
    if (value !== undefined) setValue(copy, key, readable(value))
  }
  return copy
}

function readable(value: Value): Value {
  if (isMap(value)) return readableValues(value)
  if (!isList(value)) return value
  return [...value.keys()].flatMap((index) => {
    const element = Object.getOwnPropertyDescriptor(value, index)?.value as Value | undefined
    return element === undefined ? [] : [readable(element)]
  })
}
