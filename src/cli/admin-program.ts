import { type Command, Option } from 'commander'
import type { ApiOptions } from './commands/api.ts'
import type { TokenOptions } from './commands/token.ts'
import { changing, collect, described } from './inventory-flags.ts'

const TOKEN_HELP = `
Examples:
  trivet token add grafana --role viewer
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8070/api/v1/devices

A token is printed once, when it is made; only its hash is kept. Roles: viewer reads, editor changes
the inventory, administrator gives tokens.`

const API_HELP = `
Examples:
  trivet api GET devices
  trivet api PUT classes/base --data '{"values":{"ntp":"10.0.0.9"}}'
  trivet api POST import?mode=replace --data - < inventory.yaml
  trivet api DELETE devices/desk-7 --header 'If-Match: "4"'

It asks the server that runs on this machine for the site, by its Unix socket, without a token.`

/** The commands for who may administer a server, and to do it. */
export function addAdminCommands(program: Command): void {
  addToken(program)
  addApi(program)
}

function addToken(program: Command): void {
  const token = program.command('token').description('who may use the administration over TCP')
  token.addHelpText('after', TOKEN_HELP)
  changing(token.command('add'), 'make one, and print it this once')
    .argument('<label>', 'for whom or what, 1 to 64 characters')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['viewer', 'editor', 'administrator'])
        .default('viewer'),
    )
    .action(async (label: string, options: TokenOptions & { readonly role: string }) => {
      process.exitCode = await (await import('./commands/token.ts')).addToken(label, options)
    })
  described(token.command('list'), 'list them, without the tokens').action(
    async (options: TokenOptions) => {
      process.exitCode = await (await import('./commands/token.ts')).listTokens(options)
    },
  )
  changing(token.command('remove'), 'remove one: it is refused within a second')
    .argument('<id>', 'as the list has it')
    .action(async (id: string, options: TokenOptions) => {
      process.exitCode = await (await import('./commands/token.ts')).removeToken(id, options)
    })
}

function addApi(program: Command): void {
  program
    .command('api')
    .description('ask the server that runs here for a site, by its Unix socket')
    .argument('<method>', 'GET, PUT, POST, PATCH or DELETE')
    .argument('<path>', 'below /api/v1: devices, classes/base')
    .option('--data <text>', 'the body; - reads standard input')
    .option('--header <line>', 'one more header, such as \'If-Match: "4"\'; repeatable', collect)
    .option('--site <site>', 'folder of the site, or its configuration file (default: this folder)')
    .option('--state <folder>', 'where its state is (default: .trivet beside the configuration)')
    .addHelpText('after', API_HELP)
    .action(async (method: string, path: string, options: ApiOptions) => {
      process.exitCode = await (await import('./commands/api.ts')).api(method, path, options)
    })
}
