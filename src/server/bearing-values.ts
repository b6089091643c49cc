import type { SiteConfig } from '../config/site.ts'
import type { Device } from '../inventory/model.ts'
import type { Origin } from '../inventory/origins.ts'
import { valueAt } from '../inventory/pointer.ts'
import type { Value } from '../inventory/value.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import { AlteredView } from './altered-view.ts'
import { Explainer, type ExplainRequest } from './explainer.ts'
import { type RenderedFile, renderFor } from './rendered-file.ts'

/** Values that are tried; a file is made for each. */
const TRIED_MAX = 2000

/** A value of a device, where it is from, and whether a file would be another without it. */
export interface BearingValue {
  /** A JSON Pointer. */
  readonly pointer: string
  readonly value: Value | undefined
  readonly origin: Origin
  /** Undefined: it was not tried. */
  readonly isBearing: boolean | undefined
}

/** A file of a device, and what it is made from. */
export interface DeviceFile {
  readonly layers: readonly string[]
  readonly file: RenderedFile
  readonly values: readonly BearingValue[]
}

/**
 * Makes a file for a device and says which of its values bear on the bytes: each one is altered in
 * turn, and the file made again. So what a template does with a value does not matter.
 *
 * @param mayRepeat - False for a file that a script or handler makes: nothing is tried then.
 */
export async function explainFile(
  site: SiteConfig,
  { device, inventory }: { readonly device: Device; readonly inventory: LiveInventory },
  { request, mayRepeat }: { readonly request: ExplainRequest; readonly mayRepeat: boolean },
): Promise<DeviceFile | { readonly problem: string }> {
  const explained = inventory.explain(device)
  if (explained.problem !== undefined) return { problem: explained.problem.message }
  const view = new AlteredView(inventory, device)
  const explainer = await Explainer.open(site, { inventory: view })
  const render = (): Promise<RenderedFile> =>
    renderFor(explainer, {
      path: request.name,
      delivered: {
        at: 0,
        front: request.front,
        address: request.clientAddress,
        bytes: 0,
        hash: '',
      },
    })
  const file = await render()
  const values: BearingValue[] = []
  for (const [pointer, origin] of explained.origins) {
    const value = valueAt(explained.values, pointer)
    const isTried = mayRepeat && value !== undefined && values.length < TRIED_MAX
    if (isTried) view.alter(stepsOf(pointer))
    const isBearing = isTried ? !isEqual(file, await render()) : undefined
    values.push({ pointer, value, origin, isBearing })
  }
  return { layers: explained.layers, file, values }
}

function stepsOf(pointer: string): string[] {
  const steps = pointer.slice(1).split('/')
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function isEqual(one: RenderedFile, other: RenderedFile): boolean {
  if (one.kind !== other.kind) return false
  return one.kind === 'file' && other.kind === 'file'
    ? one.hash === other.hash
    : JSON.stringify(one) === JSON.stringify(other)
}
