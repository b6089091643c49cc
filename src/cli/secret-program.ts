import type { Command } from 'commander'
import type { SecretOptions } from './commands/secret.ts'
import { changing, described } from './inventory-flags.ts'

const SECRET_HELP = `
Examples:
  printf %s 'correct horse' | trivet secret set sip/4007
  trivet device set desk-7 'sip={"password":{"$secret":"sip/4007"}}'
  trivet device enroll desk-7 --for 1h
  trivet secret rotate

A secret is read from standard input, never from the command line, where every user of the machine
could see it. Nothing prints one again.`

/** The commands for secrets, and for who may have them. */
export function addSecretCommands(program: Command): void {
  const secret = program.command('secret').description('the secrets of devices, encrypted')
  secret.addHelpText('after', SECRET_HELP)
  described(secret.command('list'), 'list their names').action(async (options: SecretOptions) => {
    process.exitCode = await (await import('./commands/secret.ts')).listSecrets(options)
  })
  changing(secret.command('set'), 'set one, read from standard input')
    .argument('<name>', 'its name, as $secret has it')
    .action(async (name: string, options: SecretOptions) => {
      process.exitCode = await (await import('./commands/secret.ts')).setSecret(name, options)
    })
  changing(secret.command('remove'), 'remove one')
    .argument('<name>', 'its name')
    .action(async (name: string, options: SecretOptions) => {
      process.exitCode = await (await import('./commands/secret.ts')).removeSecret(name, options)
    })
  changing(secret.command('rotate'), 'encrypt all with a new key').action(
    async (options: SecretOptions) => {
      process.exitCode = await (await import('./commands/secret.ts')).rotateKey(options)
    },
  )
}

/** Those of `device` that say who may have secrets. */
export function addEnrolmentCommands(device: Command): void {
  changing(device.command('enroll'), 'let one have its secrets for a time, wherever it is')
    .argument('<id>', 'its id')
    .option('--for <time>', 'how long: 90s, 15m, 1h, 2d; at most 30d', '1h')
    .action(async (id: string, options: SecretOptions & { readonly for: string }) => {
      process.exitCode = await (await import('./commands/enrolment.ts')).enroll(id, options)
    })
  changing(device.command('unenroll'), 'end that early')
    .argument('<id>', 'its id')
    .action(async (id: string, options: SecretOptions) => {
      process.exitCode = await (await import('./commands/enrolment.ts')).unenroll(id, options)
    })
  described(device.command('enrolled'), 'list those that may have their secrets now').action(
    async (options: SecretOptions) => {
      process.exitCode = await (await import('./commands/enrolment.ts')).listEnrolled(options)
    },
  )
}
