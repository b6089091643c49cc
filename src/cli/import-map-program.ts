import { type Command, Option } from 'commander'
import { mapKinds } from '../import-map/map-kinds.ts'
import type { ImportMapOptions } from './commands/import-map.ts'

const HELP = `
Examples:
  trivet import-map /etc/tftpd.map --from tftp-hpa                    to standard output
  trivet import-map /etc/tftpd.map --from tftp-hpa --root /srv/tftp --uploads -o trivet.yaml
  trivet import-map patterns.txt --from atftpd --root /srv/tftp -o trivet.yaml
  trivet import-map /etc/hooktftp.yml --from hooktftp -o trivet.yaml
  trivet import-map /etc/dnsmasq.conf --from dnsmasq -o trivet.yaml
  trivet explain C:\\\\boot.cfg --site trivet.yaml                      what becomes of a name

Each rule has the line that it is from as a comment. What is not carried over is said with its line.
Exit status 0: everything was.`

/** The command that reads what other TFTP servers do with names. */
export function addImportMapCommand(program: Command): void {
  program
    .command('import-map')
    .description("make routes of another TFTP server's map of names")
    .argument('<file>', 'the map, or - for standard input')
    .addOption(
      new Option('--from <server>', 'the server whose map it is')
        .choices([...mapKinds])
        .makeOptionMandatory(),
    )
    .option('--root <folder>', 'where the files are, unless the map says so', '/srv/tftp')
    .option('--absolute', 'names are paths of the whole file system: in.tftpd without --secure')
    .option('--uploads', 'devices may write: in.tftpd with --create')
    .option('-o, --output <file>', 'write here (default: standard output)')
    .option('--force', 'overwrite it')
    .option('--json', 'print what was read, and what is to be known of it, as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: ImportMapOptions) => {
      process.exitCode = await (await import('./commands/import-map.ts')).runImportMap(
        file,
        options,
      )
    })
}
