import { Command, InvalidArgumentError, Option } from 'commander'
import { version } from '../server/version.ts'
import { CommandError } from './command-error.ts'
import type { ExplainOptions } from './commands/explain.ts'
import { addAdminCommands } from './admin-program.ts'
import { addBootCommands } from './boots-program.ts'
import { addDocsisCommands } from './docsis-program.ts'
import { addInventoryCommands } from './inventory-program.ts'
import { addImportMapCommand } from './import-map-program.ts'
import { addKitCommands } from './kit-program.ts'
import { addUploadsCommands } from './uploads-program.ts'

const SERVE_HELP = `
Examples:
  trivet serve                          the folder you are in, ports 69 and 8069
  trivet serve /srv/site --tftp 127.0.0.1:6969 --http 127.0.0.1:8069
  trivet serve trivet.yaml --single-port  behind NAT or in a container

FOLDER may hold trivet.yaml or trivet.config.ts. Without either, the folder is the site:
cgi/ holds scripts, *.j2 files are templates, everything else is served as it is.`

const EXPLAIN_HELP = `
Examples:
  trivet explain /phones/SEP001122334455.cnf.xml
  trivet explain desk-7 /phones/SEP001122334455.cnf.xml   and the origin of each value in it
  trivet explain /cgi/test --site /srv/site --render
  trivet explain /boot.efi --profile --option tsize=0 --option blksize=1468
  trivet explain /firmware/a.bin --front http --from 10.0.0.7 --json`

const LATE_HELP = `
Examples:
  trivet late /var/log/trivet.log
  journalctl -u trivet -o cat | trivet late       what systemd kept

A route is listed when its file left within a second of the moment at which such a client gives up,
or after it. Exit status 0: none is.`

const GET_HELP = `
Examples:
  trivet get tftp://127.0.0.1:6969/cgi/test            to standard output
  trivet get tftp://10.0.0.1/firmware.bin -o firmware.bin --blksize 1428 --windowsize 16
  trivet get 'tftp://10.0.0.1/readme.txt;mode=netascii'
  trivet get tftp://[::1]:6969/cgi/test --json         what happened, for a program
  trivet get tftp://10.0.0.1/report.csv --pause 300    a file that takes minutes to make`

const PUT_HELP = `
Examples:
  trivet put running-config tftp://10.0.0.1/backup/switch7.cfg
  echo hello | trivet put - tftp://127.0.0.1:6969/inbox/hello.txt`

/**
 * The command line. Commands load their parts when they run, so that `get` starts without the
 * server.
 *
 * @public Its flags are compared with the documentation.
 */
export function buildProgram(): Command {
  const program = new Command('trivet')
    .description(
      'Serves files made at the moment a device asks for them, over TFTP and HTTP alike.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    // Commands have a `--version` of their own.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help explains the command)')
  addServe(program)
  addKitCommands(program)
  addImportMapCommand(program)
  addCheck(program)
  addExplain(program)
  addLate(program)
  addBootCommands(program)
  addInventoryCommands(program)
  addAdminCommands(program)
  addUploadsCommands(program)
  addDocsisCommands(program)
  addGet(program)
  addPut(program)
  return program
}

/** Runs a command; what was expected to go wrong ends in one line, without a stack. */
export async function runProgram(): Promise<void> {
  try {
    await buildProgram().parseAsync()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`trivet: ${error.message}\n`)
    process.exitCode = error.status
  }
}

function addServe(program: Command): void {
  listenOptions(
    program
      .command('serve')
      .description('serve a site until SIGTERM or Ctrl-C')
      .argument('[site]', 'folder of the site, or its configuration file (default: this folder)'),
  )
    .option(
      '--single-port',
      'answer every transfer from the port that was asked: for NAT, containers, Kubernetes',
    )
    .option(
      '--state <folder>',
      'keep the inventory here (default: .trivet beside the configuration)',
    )
    .option('--store <url>', 'keep it in PostgreSQL: postgres://user:password@host:port/database')
    .option(
      '--admin <address:port>',
      'be administered here, or none: nowhere (default: 127.0.0.1:8070)',
    )
    .option('--admin-name <name>', 'a name under which it is administered; repeatable', collect)
    .addOption(
      new Option('--log <level>', 'least level of the log lines').choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .option(
      '--user <user[:group]>',
      'as root: be this user for everything but taking the ports, and for good once they are taken',
    )
    .option(
      '--workers <count>',
      'threads that speak TFTP, 0 to 64; 0: the one that makes the files',
      within(0, 64),
      0,
    )
    .option(
      '--drain-ms <ms>',
      'longest wait for running transfers after SIGTERM, 0 to 600000',
      milliseconds,
      30_000,
    )
    .addHelpText('after', SERVE_HELP)
    .action(async (site, options) => {
      const { serve } = await import('./commands/serve.ts')
      await serve(site, options)
    })
}

function listenOptions(command: Command): Command {
  return command
    .option(
      '--tftp <address:port>',
      'listen here for TFTP; repeatable (default: port 69, every address)',
      collect,
    )
    .option(
      '--http <address:port>',
      'listen here for HTTP; repeatable (default: port 8069, every address)',
      collect,
    )
    .option('--no-http', 'do not listen for HTTP')
    .option(
      '--https <address:port>',
      'listen here for HTTPS; repeatable (default: port 8443, every address, where tls is configured)',
      collect,
    )
    .option('--no-https', 'do not listen for HTTPS')
}

function addCheck(program: Command): void {
  program
    .command('check')
    .description('check a site and print every problem with file, line, path, found and allowed')
    .argument('[site]', 'folder of the site, or its configuration file (default: this folder)')
    .option('--json', 'print the problems as JSON')
    .option('--schema', 'print the JSON Schema of trivet.yaml, for editors')
    .action(async (site, options) => {
      const { check } = await import('./commands/check.ts')
      process.exitCode = await check(site, options)
    })
}

function addExplain(program: Command): void {
  program
    .command('explain')
    .description('say which route takes a name, with which parameters, and why the others do not')
    .argument('<path>', 'the name a device would ask for; or the id of a device, and then the name')
    .argument('[of-device]', 'behind the id of a device: the name that it asks for')
    .option('--site <site>', 'folder of the site, or its configuration file (default: this folder)')
    .option('--from <address>', 'address of the device', '127.0.0.1')
    .addOption(
      new Option('--front <front>', 'by which door').choices(['tftp', 'http']).default('tftp'),
    )
    .addOption(
      new Option('--method <method>', 'read or upload').choices(['GET', 'PUT']).default('GET'),
    )
    .option('--profile', 'say how the device would be held while its file is made')
    .option(
      '--option <name=value>',
      'with --profile: a TFTP option that the device sends, in its order; repeatable',
      collect,
    )
    .option(
      '--state <folder>',
      'where the inventory is (default: .trivet beside the configuration)',
    )
    .option('--store <url>', 'the inventory is in PostgreSQL: postgres://…')
    .option('--render', 'make the file and print its bytes')
    .option('--json', 'print the verdicts as JSON')
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (first: string, second: string | undefined, options: ExplainOptions) => {
      const { explain } = await import('./commands/explain.ts')
      const asked = second === undefined ? { name: first } : { device: first, name: second }
      process.exitCode = await explain(asked, options)
    })
}

function addLate(program: Command): void {
  program
    .command('late')
    .description('say which routes are too slow for the devices that ask, or nearly so')
    .argument('[log]', "the server's log, its JSON lines (default: standard input)")
    .option('--json', 'print the list as JSON')
    .addHelpText('after', LATE_HELP)
    .action(async (log, options) => {
      const { late } = await import('./commands/late.ts')
      process.exitCode = await late(log, options)
    })
}

function addGet(program: Command): void {
  transferOptions(
    program
      .command('get')
      .description('fetch a file by TFTP')
      .argument('<url>', 'tftp://host[:port]/name[;mode=netascii]')
      .option('-o, --output <file>', 'write here (default: standard output)')
      .option(
        '--pause <seconds>',
        'let a server that makes the file say so, and wait for the first byte so long, 1 to 3600',
        within(1, 3600),
      ),
  )
    .addHelpText('after', GET_HELP)
    .action(async (url, options) => {
      const { get } = await import('./commands/get.ts')
      process.exitCode = await get(url, options)
    })
}

function addPut(program: Command): void {
  transferOptions(
    program
      .command('put')
      .description('upload a file by TFTP')
      .argument('<file>', 'the file, or - for standard input')
      .argument('<url>', 'tftp://host[:port]/name[;mode=netascii]'),
  )
    .addHelpText('after', PUT_HELP)
    .action(async (file, url, options) => {
      const { put } = await import('./commands/put.ts')
      process.exitCode = await put(file, url, options)
    })
}

function transferOptions(command: Command): Command {
  return command
    .option('--blksize <bytes>', 'ask for blocks of this size, 8 to 65464', within(8, 65_464))
    .option(
      '--windowsize <blocks>',
      'ask for windows of this many blocks, 1 to 65535',
      within(1, 65_535),
    )
    .option(
      '--timeout <seconds>',
      'ask the server to resend after this time, 1 to 255',
      within(1, 255),
    )
    .option('--no-tsize', 'do not ask for the size')
    .option('--netascii', 'convert line ends on the way')
    .option('--retry-ms <ms>', 'wait before asking again, 10 to 60000', within(10, 60_000), 1000)
    .option(
      '--give-up-ms <ms>',
      'end after this long without a sign of life, 10 to 3600000',
      within(10, 3_600_000),
      60_000,
    )
    .option('--quiet', 'no progress bar')
    .option(
      '--json',
      'print what happened as one JSON object (on standard error if the file goes to standard output)',
    )
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(
      `Found "${text}", a whole number from ${least} to ${most} is needed.`,
    )
  }
}

function milliseconds(text: string): number {
  return within(0, 600_000)(text)
}
