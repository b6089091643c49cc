import { type Command, InvalidArgumentError } from 'commander'
import type { InitOptions } from './commands/init.ts'
import type { KitOptions, KitWalkOptions } from './commands/kit.ts'

const INIT_HELP = `
Examples:
  trivet init --list                            which kits there are
  trivet init site --kit pxelinux ipxe          a site for both, in the folder site
  trivet init site --kit pxelinux --kit ipxe    the same

Nothing is overwritten: what is in the way is listed. With --force it is first copied.`

const WALK_HELP = `
Examples:
  trivet kit walk pxelinux --server 127.0.0.1:6969
  trivet kit walk ./my-kit --server 10.0.0.1 --http 10.0.0.1:8069

The example devices of the kit must be in the inventory, as \`trivet init\` says after its work.
Exit status 0: every answer is what such a device needs.`

/** The commands about kits. */
export function addKitCommands(program: Command): void {
  program
    .command('init')
    .description('write a site for devices of these kinds')
    .argument('[folder]', 'folder of the site, made if it is not there (default: this folder)')
    .option('--kit <name...>', 'a kit, or the folder of one; several in the order of the routes')
    .option('--list', 'list the kits')
    .option('--force', 'overwrite what is in the way, after copying it to NAME.before-init')
    .option('--json', 'print JSON')
    .addHelpText('after', INIT_HELP)
    .action(async (folder: string | undefined, options: InitOptions) => {
      process.exitCode = await (await import('./commands/init.ts')).init(folder, options)
    })
  const kit = program.command('kit').description('what devices of a kind need of a site')
  kit
    .command('list')
    .description('list the kits')
    .option('--json', 'print JSON')
    .action(async (options: KitOptions) => {
      process.exitCode = await (await import('./commands/kit.ts')).listKits(options)
    })
  kit
    .command('show')
    .description('what a kit holds, and what its devices ask')
    .argument('<kit>', 'its name, or its folder')
    .option('--json', 'print JSON')
    .action(async (name: string, options: KitOptions) => {
      process.exitCode = await (await import('./commands/kit.ts')).showKit(name, options)
    })
  addWalk(kit)
}

function addWalk(kit: Command): void {
  kit
    .command('walk')
    .description('ask a running server what the devices of a kit ask, in their order')
    .argument('<kits...>', 'names, or folders')
    .option('--server <host:port>', 'the server by TFTP', '127.0.0.1:69')
    .option('--http <host:port>', 'the server by HTTP', '127.0.0.1:8069')
    .option('--give-up-ms <ms>', 'longest wait for an answer, 100 to 600000', patience, 10_000)
    .option('--json', 'print JSON')
    .addHelpText('after', WALK_HELP)
    .action(async (names: string[], options: KitWalkOptions) => {
      process.exitCode = await (await import('./commands/kit.ts')).walkKits(names, options)
    })
}

function patience(text: string): number {
  const ms = Number(text)
  if (/^\d+$/.test(text) && ms >= 100 && ms <= 600_000) return ms
  throw new InvalidArgumentError(`Found "${text}", a whole number from 100 to 600000 is needed.`)
}
