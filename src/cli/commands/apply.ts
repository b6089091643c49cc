import type { Edit } from '../../store/store.ts'
import { editsOf, type TextOptions } from '../inventory/read-text.ts'
import { change, type InventoryCliOptions, print, withInventory } from '../inventory/session.ts'

export interface ApplyOptions extends InventoryCliOptions, TextOptions {
  readonly dryRun?: boolean
}

/** Makes the inventory what a file says, in one revision. */
export function apply(file: string, options: ApplyOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const edits = await editsOf(file, opened, options)
    if (options.dryRun !== true) return await change(opened, edits, options)
    const listedEdits = edits.map((edit) => ({
      kind: edit.kind,
      key: edit.key,
      what: verbOf(edit),
    }))
    const lines = listedEdits.map(({ kind, key, what }) => `${what} ${kind} ${key}`)
    return print(options, listedEdits, lines.join('\n') || 'Nothing to change')
  })
}

function verbOf({ before, after }: Edit): 'add' | 'change' | 'remove' {
  if (before === undefined) return 'add'
  return after === undefined ? 'remove' : 'change'
}
