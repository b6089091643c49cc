import type { Command } from 'commander'
import type { ApplyOptions } from './commands/apply.ts'
import type { ImpactOptions } from './commands/impact.ts'
import type { ImportOptions } from './commands/import.ts'
import { changing, collect, count, described } from './inventory-flags.ts'
import type { InventoryCliOptions } from './inventory/session.ts'

const APPLY_HELP = `
Examples:
  trivet export inventory.yaml && git add inventory.yaml
  trivet diff inventory.yaml; trivet impact inventory.yaml
  trivet apply inventory.yaml --why 'new time servers'
  trivet apply inventory.yaml --replace      what the file lacks is removed`

const IMPACT_HELP = `
Examples:
  trivet impact inventory.yaml                              what applying it would change
  trivet impact --with phones/a.xml.j2=/tmp/new.xml.j2      what a new template would change

Files that devices are known to have asked for are made twice, scripts and handlers run. Exit
status 1: something changes.`

const IMPORT_HELP = `
Examples:
  trivet import --csv phones.csv --dry-run
  trivet import --csv phones.csv --map 'MAC address=mac' --map Hostname=id --map Notes= --class phones

Columns: id, name, mac, serial, uuid, address, class, state, values.KEY. A cell with several MACs,
addresses or classes has spaces between them; an empty one leaves what is there.`

/** The commands that read and write the inventory as text. */
export function addInventoryTextCommands(program: Command): void {
  described(program.command('export'), 'write the inventory as YAML')
    .argument('[file]', 'write here (default: standard output)')
    .action(async (file: string | undefined, options: InventoryCliOptions) => {
      const { exportInventory } = await import('./commands/export.ts')
      process.exitCode = await exportInventory(file, options)
    })
  withText(changing(program.command('apply'), 'make the inventory what a YAML file says'))
    .argument('<file>', 'the file; - for standard input')
    .option('--dry-run', 'say what would be changed, and change nothing')
    .addHelpText('after', APPLY_HELP)
    .action(async (file: string, options: ApplyOptions) => {
      process.exitCode = await (await import('./commands/apply.ts')).apply(file, options)
    })
  described(program.command('diff'), 'say how a YAML file differs from the inventory')
    .argument('<file>', 'the file; - for standard input')
    .action(async (file: string, options: InventoryCliOptions) => {
      process.exitCode = await (await import('./commands/diff.ts')).diff(file, options)
    })
  addImpact(program)
  addImport(program)
}

function addImpact(program: Command): void {
  const impact = described(program.command('impact'), 'say which devices and files would change')
  withText(impact)
    .argument('[file]', 'an inventory as YAML; - for standard input')
    .option(
      '--with <path=file>',
      'as if this file were in the place of that one of the site; repeatable',
      collect,
    )
    .option('--files-max <count>', 'compare at most so many files', count, 10_000)
    .addHelpText('after', IMPACT_HELP)
    .action(async (file: string | undefined, options: ImpactOptions) => {
      process.exitCode = await (await import('./commands/impact.ts')).impact(file, options)
    })
}

function addImport(program: Command): void {
  changing(program.command('import'), 'add and change devices from a CSV file')
    .requiredOption('--csv <file>', 'the file; - for standard input')
    .option('--map <column=field>', 'which field a column holds; repeatable', collect)
    .option('--class <class>', 'for new devices that name none; repeatable', collect)
    .option('--dry-run', 'say what becomes of each row, and change nothing')
    .option('--skip-bad', 'leave bad rows out; without it they keep all from being written')
    .addHelpText('after', IMPORT_HELP)
    .action(async (options: ImportOptions) => {
      process.exitCode = await (await import('./commands/import.ts')).importDevices(options)
    })
}

function withText(command: Command): Command {
  return command
    .option('--replace', 'remove what the file lacks')
    .option('--allow-empty', 'with --replace: a file without records removes all')
}
