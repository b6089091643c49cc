import { rename, writeFile } from 'node:fs/promises'
import { formatInventory } from '../../store/text/format-inventory.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import {
  type InventoryCliOptions,
  type InventorySession,
  withInventory,
} from '../inventory/session.ts'

/** Writes the inventory as YAML, to standard output or to a file. */
export function exportInventory(
  file: string | undefined,
  options: InventoryCliOptions,
): Promise<number> {
  return withInventory(options, async (opened) => {
    const text = exportedText(opened)
    if (file === undefined) process.stdout.write(text)
    else await writeWhole(file, text)
    return ExitStatus.done
  })
}

/** The inventory as `export` writes it. */
export function exportedText({ inventory }: Pick<InventorySession, 'inventory'>): string {
  return formatInventory({
    classes: inventory.classes().map(({ record }) => record),
    devices: inventory.devices().map(({ record }) => record),
  })
}

/** Whoever reads it sees the old one or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  try {
    await writeFile(`${file}.part`, text)
    await rename(`${file}.part`, file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot write ${file}: ${reason}`, ExitStatus.localFile)
  }
}
