import type { Command } from 'commander'
import type { UploadsCliOptions } from './commands/uploads.ts'
import { count } from './inventory-flags.ts'

const UPLOADS_HELP = `
Examples:
  trivet uploads list --device desk-7
  trivet uploads show sw1-confg > sw1.txt
  trivet uploads show sw1-confg --version 3
  trivet uploads diff sw1-confg                the latest and the one before
  trivet uploads diff sw1-confg 3 7

Nothing is changed, whether a server runs or not.`

/** The commands that look at what devices have written. */
export function addUploadsCommands(program: Command): void {
  const uploads = program.command('uploads').description('the files that devices have written')
  uploads.addHelpText('after', UPLOADS_HELP)
  looking(uploads.command('list'), 'list them')
    .option('--device <device>', 'only what this device, or address, has written')
    .action(async (options: UploadsCliOptions) => {
      process.exitCode = await (await import('./commands/uploads.ts')).listUploads(options)
    })
  withFolder(looking(uploads.command('show'), 'print one, to the byte'))
    .argument('<name>', 'its name, as `list` has it')
    .option('--version <number>', 'which version (default: the latest)', count)
    .action(async (name: string, options: UploadsCliOptions) => {
      process.exitCode = await (await import('./commands/uploads.ts')).showUpload(name, options)
    })
  withFolder(looking(uploads.command('diff'), 'how two versions of one differ'))
    .argument('<name>', 'its name, as `list` has it')
    .argument('[before]', 'the older version (default: the one before the latest)', count)
    .argument('[after]', 'the newer version (default: the latest)', count)
    .action(async (name: string, before, after, options: UploadsCliOptions) => {
      const { diffUploads } = await import('./commands/uploads.ts')
      process.exitCode = await diffUploads(name, { before, after }, options)
    })
}

function looking(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--site <site>', 'folder of the site, or its configuration file (default: this folder)')
    .option('--state <folder>', 'where the state is (default: .trivet beside the configuration)')
    .option('--json', 'print JSON')
}

function withFolder(command: Command): Command {
  return command.option('--folder <folder>', 'where it is kept, if several places have the name')
}
