import { isList, isMap, type Value } from './value.ts'

/**
 * The one JSON text of a value: no spaces, keys in the order of their UTF-16 code units.
 *
 * Equal values give equal texts, in whatever order their keys were set, so a hash of the text is a
 * hash of the value. Give it finite numbers and no loops: `checkValues` has seen to both.
 *
 * @see RFC 8785 (JSON Canonicalization Scheme)
 */
export function canonicalText(value: Value): string {
  if (isList(value)) return `[${value.map((element) => canonicalText(element)).join(',')}]`
  if (!isMap(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}
