import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import type { Edit } from '../../store/store.ts'
import { parseInventory } from '../../store/text/parse-inventory.ts'
import { planEdits } from '../../store/text/plan-edits.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import type { InventorySession } from './session.ts'

/** Problems that are told; the rest is counted. */
const PROBLEMS_TOLD = 50

/** How a text is taken. */
export interface TextOptions {
  /** True: what the text lacks is removed. */
  readonly replace?: boolean
  /** True: a text without a record may replace an inventory. */
  readonly allowEmpty?: boolean
}

/** Reads a file, or standard input for `-`. @throws {CommandError} */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read ${file}: ${reason}`, ExitStatus.localFile)
  }
}

/** What a file would change. @throws {CommandError} With all that is wrong with it. */
export async function editsOf(
  file: string,
  { inventory }: Pick<InventorySession, 'inventory'>,
  { replace = false, allowEmpty = false }: TextOptions,
): Promise<readonly Edit[]> {
  const { records, problems } = parseInventory(await readText(file), file)
  if (problems !== undefined) throw listed(problems.map(({ message }) => message))
  if (replace && !allowEmpty && records.classes.length + records.devices.length === 0) {
    const message = `${file} holds no record: --replace would remove all; --allow-empty lets it`
    throw new CommandError(message, ExitStatus.refused)
  }
  const edits = planEdits(inventory, records, replace ? 'replace' : 'merge')
  const wrong = inventory.problemsOf(edits)
  if (wrong.length > 0) throw listed(wrong.map(({ message }) => message))
  return edits
}

/** @returns An error of all these lines. */
export function listed(messages: readonly string[]): CommandError {
  const told = messages.slice(0, PROBLEMS_TOLD)
  const more = messages.length - told.length
  const rest = more > 0 ? [`… and ${more} more`] : []
  return new CommandError([...told, ...rest].join('\n'), ExitStatus.refused)
}
