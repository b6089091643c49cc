import { type Linearisation, type LineariseOptions, linearise } from './linearise.ts'
import { mergeLayers } from './merge.ts'
import { type Device, type DeviceClass, OWN_LAYER } from './model.ts'
import { explainLayers, type Layer, type Origin } from './origins.ts'
import type { InventoryProblem } from './problem.ts'
import type { Values } from './value.ts'

/** What of a device decides its values. */
export type DeviceInheritance = Pick<Device, 'id' | 'classes' | 'values'>

/** The class of a name; undefined when there is none. */
export type ClassOf = (name: string) => DeviceClass | undefined

/** The values of a device. */
export interface Resolved {
  /** Names of classes, base first, each once; `own` at the end. */
  readonly layers: readonly string[]
  /** Deeply frozen. Holds no directive but `$secret`. */
  readonly values: Values
  readonly problem?: undefined
}

/** The same values, and where each came from. */
export interface ResolvedWithOrigins extends Resolved {
  /** By JSON Pointer into the values. */
  readonly origins: ReadonlyMap<string, Origin>
}

/** A class is missing, or there is no order. */
export interface Unresolved {
  readonly problem: InventoryProblem
}

/** Merges the classes of a device and its own values; only the values, for the way of a request. */
export function resolveDevice(device: DeviceInheritance, classOf: ClassOf): Resolved | Unresolved {
  const { order, problem } = orderOfDevice(device, { parentsOf: (name) => classOf(name)?.parents })
  if (problem !== undefined) return { problem }
  const layers = layersOf(order, { classOf, own: device.values })
  const values = mergeLayers(layers.map((layer) => layer.values))
  return { layers: layers.map(({ name }) => name), values }
}

/** Merges them and says of every key where its value came from. */
export function explainDevice(
  device: DeviceInheritance,
  classOf: ClassOf,
): ResolvedWithOrigins | Unresolved {
  const { order, problem } = orderOfDevice(device, { parentsOf: (name) => classOf(name)?.parents })
  if (problem !== undefined) return { problem }
  const layers = layersOf(order, { classOf, own: device.values })
  return { layers: layers.map(({ name }) => name), ...explainLayers(layers) }
}

/** The classes that a device inherits, base first. */
export function orderOfDevice(
  { id, classes }: Pick<Device, 'id' | 'classes'>,
  options: LineariseOptions,
): Linearisation {
  return linearise({ subject: `device "${id}"`, field: 'classes', parents: classes }, options)
}

function layersOf(
  order: readonly string[],
  { classOf, own }: { readonly classOf: ClassOf; readonly own: Values },
): Layer[] {
  const layers = order.map((name) => ({ name, values: classOf(name)?.values ?? {} }))
  return [...layers, { name: OWN_LAYER, values: own }]
}
