import type { Command } from 'commander'
import type { DocsisDecodeOptions, DocsisEncodeOptions } from './commands/docsis.ts'

const DECODE_HELP = `
Examples:
  trivet docsis decode modem.cm
  trivet get tftp://10.0.0.1/cm/001122334455.cm | trivet docsis decode - --secret-file secret

Exit status 0: the file is whole, and what was checked is right.`

const ENCODE_HELP = `
Examples:
  trivet docsis encode modem.yaml --secret-file secret -o modem.cm`

/** The commands for configuration files of cable modems. */
export function addDocsisCommands(program: Command): void {
  const docsis = program.command('docsis').description('configuration files of cable modems')
  docsis
    .command('decode')
    .description('print the settings of a file in YAML, and whether its checks are right')
    .argument('<file>', 'the file, or - for standard input')
    .option('--secret-file <file>', 'the secret shared with the CMTS, to look at its check')
    .option('--json', 'print settings and checks as JSON')
    .addHelpText('after', DECODE_HELP)
    .action(async (file: string, options: DocsisDecodeOptions) => {
      process.exitCode = await (await import('./commands/docsis.ts')).decodeDocsis(file, options)
    })
  docsis
    .command('encode')
    .description('make the file of settings in YAML')
    .argument('<file>', 'the YAML, or - for standard input')
    .requiredOption('--secret-file <file>', 'the secret shared with the CMTS')
    .option('-o, --output <file>', 'write here (default: standard output)')
    .addHelpText('after', ENCODE_HELP)
    .action(async (file: string, options: DocsisEncodeOptions) => {
      process.exitCode = await (await import('./commands/docsis.ts')).encodeDocsis(file, options)
    })
}
