import type { Origin } from '../../inventory/origins.ts'
import { valueAt } from '../../inventory/pointer.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { type InventoryCliOptions, missing, print, withInventory } from '../inventory/session.ts'
import { table } from '../table.ts'
import { keyOf, valueHead, valueRow } from '../value-rows.ts'

/** Says every value of a device, the class that it comes from and the values that it beat. */
export function values(
  id: string,
  key: string | undefined,
  options: InventoryCliOptions,
): Promise<number> {
  return withInventory(options, async ({ inventory }) => {
    const device = inventory.device(id)?.record ?? missing('device', id)
    const explained = inventory.explain(device)
    if (explained.problem !== undefined) {
      throw new CommandError(explained.problem.message, ExitStatus.refused)
    }
    const wanted = key === undefined ? '' : `/${key.split('.').join('/')}`
    const found = [...explained.origins].filter(
      ([pointer]) => pointer === wanted || pointer.startsWith(`${wanted}/`),
    )
    if (found.length === 0 && key !== undefined) missing(`value of ${id}`, key)
    const listed = found.map(([pointer, origin]) => ({
      pointer,
      key: keyOf(pointer),
      value: valueAt(explained.values, pointer),
      origin,
    }))
    const rows = listed.map(valueRow)
    const order = `${explained.layers.join(' → ')} (later wins)`
    const text = `${order}\n\n${table([valueHead, ...rows]).trimEnd()}`
    return print(options, { layers: explained.layers, values: listed.map(plain) }, text)
  })
}

function plain({ key, value, origin }: { key: string; value: unknown; origin: Origin }): object {
  const { kind, layer, at, edits, beaten } = origin
  return { key, value, kind, layer, at, edits, beaten }
}
