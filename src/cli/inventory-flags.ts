import { type Command, InvalidArgumentError } from 'commander'

/** A command that looks at the inventory of a site. */
export function described(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--site <site>', 'folder of the site, or its configuration file (default: this folder)')
    .option(
      '--state <folder>',
      'where the inventory is (default: .trivet beside the configuration)',
    )
    .option('--store <url>', 'the inventory is in PostgreSQL: postgres://…')
    .option('--json', 'print JSON')
}

/** A command that changes it. */
export function changing(command: Command, description: string): Command {
  return described(command, description).option('--why <text>', 'why, kept with the change')
}

/** What a device is made of. */
export function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'what people call it')
    .option('--mac <mac>', 'a MAC, in any spelling; repeatable', collect)
    .option('--serial <serial>', 'its serial number')
    .option('--uuid <uuid>', 'its UUID')
    .option('--address <address>', 'an address that it has for ever; repeatable', collect)
    .option('--class <class>', 'it inherits this one; repeatable, the later wins', collect)
}

/** Of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** A number from 1. */
export function count(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= 1) return Number(text)
  throw new InvalidArgumentError(`Found "${text}", a whole number from 1 is needed.`)
}
