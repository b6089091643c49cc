import { isMap, type Value, type Values } from '../../src/inventory/value.ts'

// How three other systems merge, as they document it: what Trivet's results are compared with.

/** A configuration of wazo-provd, or a device's own. */
export interface WazoConfig {
  readonly parents: readonly string[]
  readonly values: Values
}

/**
 * wazo-provd: depth first, parents in the order in which they stand, each ancestor where the walk
 * first meets it, below what inherits it. Parents that do not exist are passed over.
 */
export function wazoOrder(
  parents: readonly string[],
  configs: ReadonlyMap<string, WazoConfig>,
): readonly string[] {
  const order: string[] = []
  const visited = new Set<string>()
  const visit = (name: string): void => {
    const config = configs.get(name)
    if (visited.has(name) || config === undefined) return
    visited.add(name)
    config.parents.forEach(visit)
    order.push(name)
  }
  parents.forEach(visit)
  return order
}

/** wazo-provd: maps merge, all else is replaced; keys that are null are dropped on saving. */
export function wazoMerge(own: WazoConfig, configs: ReadonlyMap<string, WazoConfig>): Values {
  const order = wazoOrder(own.parents, configs)
  const layers = [...order.map((name) => configs.get(name)?.values ?? {}), own.values]
  return layers.map(withoutNulls).reduce<Values>((below, layer) => deepMerge(below, layer), {})
}

function withoutNulls(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isMap(value) ? withoutNulls(value) : value]),
  )
}

/** FreeZTP: what a template gets. */
export interface FreeZtpKeystore {
  readonly values: Values
  /** The serial numbers that have this keystore, where several have it. */
  readonly idArray?: readonly string[]
  /** The keystore that goes into every merge, under its own name. */
  readonly global?: { readonly name: string; readonly values: Values }
}

/** FreeZTP: one keystore, its serial numbers where it has none of that key, and the global one. */
export function freeZtpMerge({ values, idArray = [], global }: FreeZtpKeystore): Values {
  const ids = idArray.map((id, index) => [`idarray_${index + 1}`, id])
  return {
    ...(idArray.length === 0 ? {} : { idarray: idArray, ...Object.fromEntries(ids) }),
    ...values,
    ...(global === undefined ? {} : { [global.name]: global.values }),
  }
}

/** A config context of NetBox that applies to a device. */
export interface NetBoxContext {
  readonly name: string
  readonly weight: number
  readonly values: Values
}

/** NetBox: by weight, then by name, the last wins; the local context wins over all. */
export function netBoxMerge(contexts: readonly NetBoxContext[], local: Values): Values {
  const ordered = contexts.toSorted(
    (one, other) => one.weight - other.weight || (one.name < other.name ? -1 : 1),
  )
  return [...ordered.map(({ values }) => values), local].reduce<Values>(
    (below, layer) => deepMerge(below, layer, { emptyReplaces: true }),
    {},
  )
}

/** Maps merge, all else is replaced; in NetBox an empty map replaces, too. */
function deepMerge(below: Values, layer: Values, options = { emptyReplaces: false }): Values {
  const merged: Record<string, Value> = { ...below }
  for (const [key, value] of Object.entries(layer)) {
    const under = merged[key]
    const replaces = options.emptyReplaces && isMap(value) && Object.keys(value).length === 0
    merged[key] =
      isMap(value) && isMap(under) && !replaces ? deepMerge(under, value, options) : value
  }
  return merged
}
