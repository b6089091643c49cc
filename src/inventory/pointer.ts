import { isList, isMap, type Value, valueOf } from './value.ts'

/**
 * The path one step below another: `/vlans` and `voice` give `/vlans/voice`.
 *
 * Paths are JSON Pointers: the top is the empty text, and in a key `~` is written `~0`, `/` is
 * written `~1`. @see RFC 6901 §3
 */
export function pointerTo(above: string, step: string | number): string {
  if (typeof step === 'number') return `${above}/${step}`
  return `${above}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** What stands at a path; undefined when nothing does. @see RFC 6901 §4 */
export function valueAt(top: Value, pointer: string): Value | undefined {
  if (pointer === '') return top
  let value: Value | undefined = top
  for (const step of pointer.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isList(value)) value = /^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined
    else value = isMap(value) ? valueOf(value, key) : undefined
  }
  return value
}
