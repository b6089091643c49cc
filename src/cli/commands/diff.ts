import { createTwoFilesPatch } from 'diff'
import { formatInventory } from '../../store/text/format-inventory.ts'
import { parseInventory } from '../../store/text/parse-inventory.ts'
import { ExitStatus } from '../command-error.ts'
import { listed, readText } from '../inventory/read-text.ts'
import { type InventoryCliOptions, print, withInventory } from '../inventory/session.ts'
import { exportedText } from './export.ts'

const CONTEXT_LINES = 3

/** Says how a file differs from the inventory. @returns 0: not at all, 1: it does, as diff(1). */
export function diff(file: string, options: InventoryCliOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const { records, problems } = parseInventory(await readText(file), file)
    if (problems !== undefined) throw listed(problems.map(({ message }) => message))
    const before = exportedText(opened)
    const after = formatInventory(records)
    const context = { context: CONTEXT_LINES }
    const patch = createTwoFilesPatch('inventory', file, before, after, '', '', context)
    const text = before === after ? '' : patch.replace(/^=+\n/, '').replaceAll('\t\n', '\n')
    if (options.json) print(options, { differs: before !== after, diff: text }, '')
    else process.stdout.write(text)
    return before === after ? ExitStatus.done : ExitStatus.refused
  })
}
