import { CommandError, ExitStatus } from '../command-error.ts'
import {
  type InventoryCliOptions,
  missing,
  print,
  record,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const ENROLMENT_MS_MAX = 30 * UNIT_MS.d

/** Lets a device have its secrets for a time, wherever it asks from. */
export function enroll(
  id: string,
  options: InventoryCliOptions & { readonly for: string },
): Promise<number> {
  const lastsMs = durationMs(options.for)
  return withInventory(options, async (opened) => {
    if (opened.inventory.device(id) === undefined) missing('device', id)
    const until = Date.now() + lastsMs
    await opened.store.enrolments.put(id, until)
    const end = new Date(until).toISOString()
    await record(opened, `"${id}" enrolled until ${end}`, options)
    return print(options, { device: id, until: end }, `"${id}" gets its secrets until ${end}`)
  })
}

export function unenroll(id: string, options: InventoryCliOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const wasThere = await opened.store.enrolments.remove(id)
    if (!wasThere) missing('enrolment of', id)
    await record(opened, `enrolment of "${id}" ended`, options)
    return print(options, { device: id }, `"${id}" gets its secrets only where it is allowed`)
  })
}

export function listEnrolled(options: InventoryCliOptions): Promise<number> {
  return withInventory(options, async ({ store }) => {
    const listed = (await store.enrolments.list()).filter(({ until }) => until > Date.now())
    const rows = listed.map(({ device, until }) => [device, new Date(until).toISOString()])
    const text = table([['device', 'until'], ...rows]).trimEnd()
    return print(options, listed, listed.length === 0 ? 'No device is enrolled' : text)
  })
}

/** @throws {CommandError} */
function durationMs(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(digits) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? 0)
  if (ms > 0 && ms <= ENROLMENT_MS_MAX) return ms
  const needed = 'a time such as 90s, 15m, 1h or 2d is needed, at most 30d'
  throw new CommandError(`Found --for "${text}", ${needed}`, ExitStatus.usage)
}
