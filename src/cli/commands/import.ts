import { CsvFileError, planCsv, type RowFate } from '../../store/text/device-csv.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { listed, readText } from '../inventory/read-text.ts'
import { change, type InventoryCliOptions, print, withInventory } from '../inventory/session.ts'
import { table } from '../table.ts'

export interface ImportOptions extends InventoryCliOptions {
  readonly csv: string
  /** `COLUMN=FIELD`. */
  readonly map?: readonly string[]
  readonly class?: readonly string[]
  readonly dryRun?: boolean
  readonly skipBad?: boolean
}

/** Adds and changes devices from a CSV file, in one revision; nothing when a row is bad. */
export function importDevices(options: ImportOptions): Promise<number> {
  const map = new Map((options.map ?? []).map(mappingOf))
  return withInventory(options, async (opened) => {
    const text = await readText(options.csv)
    const { fates, edits } = planned(() =>
      planCsv(text, opened.inventory, { map, classes: options.class ?? [] }),
    )
    const bad = fates.filter(({ fate }) => fate === 'bad')
    if (options.dryRun === true) {
      print(options, fates, describe(fates))
      return bad.length === 0 ? ExitStatus.done : ExitStatus.refused
    }
    if (bad.length > 0 && options.skipBad !== true) {
      const lines = bad.map(({ line, why }) => `${options.csv}:${line} ${why ?? ''}`)
      throw listed([...lines, `Nothing was written: ${bad.length} of ${fates.length} rows are bad`])
    }
    for (const { line, why } of bad) process.stderr.write(`${options.csv}:${line} ${why ?? ''}\n`)
    return await change(opened, edits, options)
  })
}

function planned<T>(plan: () => T): T {
  try {
    return plan()
  } catch (error) {
    if (!(error instanceof CsvFileError)) throw error
    throw new CommandError(error.message, ExitStatus.refused)
  }
}

function mappingOf(written: string): [string, string] {
  const [, column, field] = /^([^=]+)=(.*)$/.exec(written) ?? []
  if (column !== undefined && field !== undefined) return [column, field]
  const message = `Found --map "${written}", a column and its field such as Hostname=id is needed`
  throw new CommandError(message, ExitStatus.usage)
}

function describe(fates: readonly RowFate[]): string {
  const rows = fates.map(({ line, id, fate, why = '' }) => [String(line), id, fate, why])
  const countOf = (wanted: RowFate['fate']): number =>
    fates.filter(({ fate }) => fate === wanted).length
  const kinds = ['add', 'change', 'same', 'bad'] as const
  const sums = kinds.map((kind) => `${countOf(kind)} ${kind}`).join(', ')
  return `${table([['line', 'id', 'fate', 'why'], ...rows])}\n${sums}`
}
