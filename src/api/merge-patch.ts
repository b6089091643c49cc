import { isPlainMap } from '../inventory/value.ts'

/** Maps inside each other that are merged; what is deeper is refused with the record. */
const DEPTH_MAX = 32

/** Applies a JSON Merge Patch. Changes neither of them. @see RFC 7396 §2 */
export function mergePatched(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isPlainMap(patch) || depth > DEPTH_MAX) return patch
  const entries = new Map(Object.entries(isPlainMap(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) entries.delete(key)
    else entries.set(key, mergePatched(entries.get(key), value, depth + 1))
  }
  // Own properties, whatever they are called.
  return Object.fromEntries(entries)
}
