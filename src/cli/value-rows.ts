import type { Origin } from '../inventory/origins.ts'
import { directiveOf } from '../inventory/directive.ts'
import { isMap, type Value } from '../inventory/value.ts'

/** A value with its place, for people. */
export interface ListedValue {
  /** A JSON Pointer. */
  readonly pointer: string
  readonly value: Value | undefined
  readonly origin: Origin
}

/** The heading of `valueRow`. */
export const valueHead: readonly string[] = ['key', 'value', 'from', 'beats']

/** A value, the layer that it is from, and what it beat; secrets are names. */
export function valueRow({ pointer, value, origin }: ListedValue): string[] {
  return [
    keyOf(pointer),
    origin.kind === 'removed' ? '(removed)' : shown(value),
    [origin.layer, ...origin.edits.map(({ layer }) => layer)].join(' + '),
    origin.beaten.map(({ layer, value: lost }) => `${layer}: ${shown(lost)}`).join('; '),
  ]
}

/** `/sip/port` as people write it: `sip.port`. */
export function keyOf(pointer: string): string {
  return pointer.slice(1).split('/').join('.')
}

function shown(value: Value | undefined): string {
  const directive = isMap(value) ? directiveOf(value) : undefined
  return directive?.kind === 'secret' ? `•••• ${directive.name}` : JSON.stringify(value)
}
