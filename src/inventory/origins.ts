import { type Explained, layMap, type Said, valueOfExplained } from './explained.ts'
import { pointerTo } from './pointer.ts'
import type { Values } from './value.ts'

/**
 * Where a value came from: which layer, where in it, what it says there; and which values lost.
 *
 * Of a list, the layer that began it; its elements have origins of their own.
 */
export interface Origin extends Said {
  /**
   * `value`: a scalar or a secret. `removed`: the layer says `$unset`, and there is no value.
   * `map`: only for one that is empty or has beaten something else than a map.
   */
  readonly kind: 'value' | 'list' | 'map' | 'removed'
  /** Of a list or map, what later layers said to it without replacing it, base first. */
  readonly edits: readonly Said[]
  /** What other layers said of this key and lost, base first; of a list also elements removed. */
  readonly beaten: readonly Said[]
}

/** One layer with its name. */
export interface Layer {
  readonly name: string
  readonly values: Values
}

export interface ExplainedValues {
  /** What `mergeLayers` gives. */
  readonly values: Values
  /** By JSON Pointer into the values; those of removed keys point to where the value would be. */
  readonly origins: ReadonlyMap<string, Origin>
}

/** Merges layers, base first, and says of every key where its value came from. */
export function explainLayers(layers: Iterable<Layer>): ExplainedValues {
  let top: Explained = { kind: 'map', keys: new Map(), standing: [], beaten: [] }
  for (const { name, values } of layers) {
    top = layMap(top, { layer: name, at: '', value: values }, values)
  }
  const origins = new Map<string, Origin>()
  if (top.kind === 'map') {
    for (const [key, one] of top.keys) collect(one, { path: pointerTo('', key), origins })
  }
  return { values: valueOfExplained(top) as Values, origins }
}

interface Collection {
  readonly path: string
  readonly origins: Map<string, Origin>
}

function collect(explained: Explained, { path, origins }: Collection): void {
  const origin = originOf(explained)
  if (origin !== undefined) origins.set(path, origin)
  const below = (one: Explained, step: string | number): void =>
    collect(one, { path: pointerTo(path, step), origins })
  if (explained.kind === 'map') for (const [key, one] of explained.keys) below(one, key)
  else if (explained.kind === 'list') explained.elements.forEach(below)
}

function originOf(explained: Explained): Origin | undefined {
  const [first, ...edits] = explained.standing
  if (first === undefined) return undefined
  const { beaten, kind } = explained
  if (kind === 'map' && beaten.length === 0 && !isEmpty(explained.keys)) return undefined
  return { ...first, kind: kind === 'leaf' ? 'value' : kind, edits, beaten }
}

function isEmpty(keys: ReadonlyMap<string, Explained>): boolean {
  return keys.values().every(({ kind }) => kind === 'removed')
}
