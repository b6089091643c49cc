import type { Edit, RevisionWithEdits } from '../../store/store.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import {
  change,
  type InventoryCliOptions,
  missing,
  print,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

export interface HistoryOptions extends InventoryCliOptions {
  readonly device?: string
  readonly class?: string
  readonly limit: number
}

/** Lists revisions, the newest first. */
export function history(options: HistoryOptions): Promise<number> {
  return withInventory(options, async ({ store }) => {
    const { device, class: className, limit } = options
    const record =
      device === undefined
        ? className === undefined
          ? undefined
          : ({ kind: 'class', key: className } as const)
        : ({ kind: 'device', key: device } as const)
    const query = record === undefined ? { limit } : { limit, record }
    const revisions = await store.revisions(query)
    const rows = revisions.map(({ number, at, who, why, editCount }) => [
      String(number),
      new Date(at).toISOString(),
      who,
      String(editCount),
      why,
    ])
    const text = table([['revision', 'when', 'who', 'records', 'why'], ...rows]).trimEnd()
    return print(options, revisions, revisions.length === 0 ? 'No changes yet' : text)
  })
}

/**
 * Undoes one revision by a new one: each record becomes what it was before, if nobody changed it.
 */
export function revert(number: number, options: InventoryCliOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const revision = await opened.store.revision(number)
    if (revision === undefined) missing('revision', String(number))
    const edits = revision.edits.map((edit) => reversed(edit, revision, opened.inventory))
    const { why = `reverts revision ${number}` } = options
    return await change(opened, edits, { ...options, why })
  })
}

type Inventory = Parameters<Parameters<typeof withInventory>[1]>[0]['inventory']

function reversed(edit: Edit, { number }: RevisionWithEdits, inventory: Inventory): Edit {
  const stored =
    edit.kind === 'device' ? inventory.device(edit.key) : inventory.classNamed(edit.key)
  const changedBy = stored?.revision ?? number
  const isGone = stored === undefined && edit.after !== undefined
  if (changedBy > number || isGone) {
    const by = isGone ? 'was removed' : `was changed by revision ${changedBy}`
    const message = `Cannot revert revision ${number}: ${edit.kind} "${edit.key}" ${by} since`
    throw new CommandError(message, ExitStatus.refused)
  }
  return { ...edit, before: edit.after, after: edit.before } as Edit
}
