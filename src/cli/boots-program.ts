import type { Command } from 'commander'
import type { BootsOptions } from './commands/boots.ts'
import { count } from './inventory-flags.ts'

const BOOTS_HELP = `
Examples:
  trivet boots /var/log/trivet.log
  journalctl -u trivet -o cat | trivet boots --limit 20     what systemd kept
  trivet boots --live --device phone-1 --limit 1            each request of its last boot

A boot is what a client asks for until it is silent for 30 s. With --live the server that runs on
this machine for the site is asked, by its Unix socket; it knows its latest 1000 requests.`

/** The command for how devices found their files. */
export function addBootCommands(program: Command): void {
  program
    .command('boots')
    .description('list how devices found their files: what they asked for in vain, what they got')
    .argument('[log]', "the server's log, its JSON lines (default: standard input)")
    .option('--live', 'ask the server that runs here for a site, not a log')
    .option('--device <device>', 'only this device, or address: each request of its boots')
    .option('--limit <count>', 'at most so many, the latest', count, 100)
    .option('--site <site>', 'folder of the site, or its configuration file (default: this folder)')
    .option('--state <folder>', 'where its state is (default: .trivet beside the configuration)')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', BOOTS_HELP)
    .action(async (log: string | undefined, options: BootsOptions) => {
      const { boots } = await import('./commands/boots.ts')
      process.exitCode = await boots(log, options)
    })
}
