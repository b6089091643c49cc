import { checkClass } from '../../inventory/check-device.ts'
import type { DeviceClass } from '../../inventory/model.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { assign } from '../inventory/assignment.ts'
import {
  change,
  type InventoryCliOptions,
  missing,
  print,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

export interface ClassOptions extends InventoryCliOptions {
  readonly parent?: readonly string[]
}

export function listClasses(options: ClassOptions): Promise<number> {
  return withInventory(options, async ({ inventory }) => {
    const devices = inventory.devices()
    const classes = inventory.classes().map(({ record }) => {
      const ofIt = devices.filter(({ record: device }) => inventory.isOfClass(device, record.name))
      return { ...record, deviceCount: ofIt.length }
    })
    const rows = classes.map(({ name, parents, deviceCount, values }) => [
      name,
      parents.join(', '),
      String(deviceCount),
      Object.keys(values).join(', '),
    ])
    const text = table([['class', 'parents', 'devices', 'values'], ...rows]).trimEnd()
    return print(options, classes, classes.length === 0 ? 'No classes' : text)
  })
}

export function showClass(name: string, options: ClassOptions): Promise<number> {
  return withInventory(options, async ({ inventory }) => {
    const stored = inventory.classNamed(name) ?? missing('class', name)
    const shown = { ...stored.record, revision: stored.revision }
    return print(options, shown, JSON.stringify(shown, null, 2))
  })
}

export function addClass(
  name: string,
  assignments: readonly string[],
  options: ClassOptions,
): Promise<number> {
  return withInventory(options, async (opened) => {
    if (opened.inventory.classNamed(name) !== undefined) {
      throw new CommandError(`There is a class "${name}" already`, ExitStatus.refused)
    }
    const after = checked({ name, ...parentsOf(options), values: assign({}, assignments) })
    return await change(opened, [{ kind: 'class', key: name, before: undefined, after }], options)
  })
}

export function setClass(
  name: string,
  assignments: readonly string[],
  options: ClassOptions,
): Promise<number> {
  return withInventory(options, async (opened) => {
    const before = opened.inventory.classNamed(name)?.record ?? missing('class', name)
    const values = assign(before.values, assignments)
    const after = checked({ ...before, ...parentsOf(options), values })
    return await change(opened, [{ kind: 'class', key: name, before, after }], options)
  })
}

export function removeClass(name: string, options: ClassOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const before = opened.inventory.classNamed(name)?.record ?? missing('class', name)
    return await change(opened, [{ kind: 'class', key: name, before, after: undefined }], options)
  })
}

function parentsOf({ parent }: ClassOptions): Partial<DeviceClass> {
  return parent === undefined ? {} : { parents: parent }
}

function checked(input: unknown): DeviceClass {
  const { record, problems } = checkClass(input)
  if (record !== undefined) return record
  throw new CommandError(problems.map(({ message }) => message).join('\n'), ExitStatus.refused)
}
