import type { Command } from 'commander'
import type { ClassOptions } from './commands/class.ts'
import type { DeviceOptions } from './commands/device.ts'
import type { HistoryOptions } from './commands/history.ts'
import { changing, collect, count, described, withFields } from './inventory-flags.ts'
import { addInventoryTextCommands } from './inventory-text-program.ts'
import type { InventoryCliOptions } from './inventory/session.ts'
import { addEnrolmentCommands, addSecretCommands } from './secret-program.ts'

const DEVICE_HELP = `
Examples:
  trivet device add desk-7 --mac 00:11:22:33:44:55 --class site-oslo --class cisco-7900 ext=4007
  trivet device set desk-7 sip.port=5061 line=        line= removes the device's own value
  trivet device list --class cisco-7900
  trivet device adopt 'mac 00:11:22:33:44:55' desk-8 --class cisco-7900

Values: true, false, null and plain numbers are what they look like, all else is text; what begins
with {, [ or " is JSON. Of several classes the later wins.`

const CLASS_HELP = `
Examples:
  trivet class add base ntp=10.0.0.1
  trivet class add cisco-7900 --parent base 'dns={"$append":["10.0.0.2"]}'
  trivet class set base ntp=10.0.0.9 --why 'new time server'`

const VALUES_HELP = `
Examples:
  trivet values desk-7                 every value, the class that it is from, and what it beat
  trivet values desk-7 sip.port --json`

/** The commands that look at the inventory or change it. */
export function addInventoryCommands(program: Command): void {
  addDevice(program)
  addClass(program)
  addValues(program)
  addHistory(program)
  addSecretCommands(program)
  addInventoryTextCommands(program)
}

function addDevice(program: Command): void {
  const device = program.command('device').description('the devices of the inventory')
  device.addHelpText('after', DEVICE_HELP)
  described(device.command('list'), 'list them')
    .option('--class <class>', 'only those of this class', collect)
    .action(async (options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).listDevices(options)
    })
  described(device.command('show'), 'everything about one, as JSON')
    .argument('<id>', 'its id')
    .action(async (id: string, options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).showDevice(id, options)
    })
  withFields(changing(device.command('add'), 'add one'))
    .argument('<id>', 'its id, for ever')
    .argument('[values...]', 'its own values: key=value')
    .action(async (id: string, values: string[], options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).addDevice(id, values, options)
    })
  withFields(changing(device.command('set'), 'change one'))
    .argument('<id>', 'its id')
    .argument('[values...]', 'its own values: key=value, or key= to remove')
    .option('--enable', 'it is served')
    .option('--disable', 'it is taken for unknown')
    .action(async (id: string, values: string[], options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).setDevice(id, values, options)
    })
  described(device.command('files'), 'what one asked for, and what it last had completely')
    .argument('<id>', 'its id')
    .option('--now', 'make each file and say whether it is the same: current or stale')
    .action(async (id: string, options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).listFiles(id, options)
    })
  changing(device.command('remove'), 'remove one')
    .argument('<id>', 'its id')
    .action(async (id: string, options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).removeDevice(id, options)
    })
  described(device.command('inbox'), 'list those that asked and are not known').action(
    async (options: InventoryCliOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).listInbox(options)
    },
  )
  withFields(changing(device.command('adopt'), 'make one of the inbox a device'))
    .argument('<key>', "as the inbox has it: 'mac 00:11:22:33:44:55'")
    .argument('<id>', 'the id that it gets')
    .action(async (key: string, id: string, options: DeviceOptions) => {
      process.exitCode = await (await import('./commands/device.ts')).adoptDevice(key, id, options)
    })
  addEnrolmentCommands(device)
}

function addClass(program: Command): void {
  const group = program.command('class').description('the classes that devices inherit')
  group.addHelpText('after', CLASS_HELP)
  described(group.command('list'), 'list them').action(async (options: ClassOptions) => {
    process.exitCode = await (await import('./commands/class.ts')).listClasses(options)
  })
  described(group.command('show'), 'everything about one, as JSON')
    .argument('<name>', 'its name')
    .action(async (name: string, options: ClassOptions) => {
      process.exitCode = await (await import('./commands/class.ts')).showClass(name, options)
    })
  for (const verb of ['add', 'set'] as const) {
    changing(group.command(verb), `${verb} one`)
      .argument('<name>', 'its name')
      .argument('[values...]', 'its values: key=value')
      .option('--parent <class>', 'it inherits this one; repeatable, the later wins', collect)
      .action(async (name: string, values: string[], options: ClassOptions) => {
        const { addClass: add, setClass } = await import('./commands/class.ts')
        process.exitCode = await (verb === 'add' ? add : setClass)(name, values, options)
      })
  }
  changing(group.command('remove'), 'remove one that nobody inherits')
    .argument('<name>', 'its name')
    .action(async (name: string, options: ClassOptions) => {
      process.exitCode = await (await import('./commands/class.ts')).removeClass(name, options)
    })
}

function addValues(program: Command): void {
  described(program.command('values'), 'the values of a device, and where each comes from')
    .argument('<device>', 'its id')
    .argument('[key]', 'only this one and what is below it: sip.port')
    .addHelpText('after', VALUES_HELP)
    .action(async (id: string, key: string | undefined, options: InventoryCliOptions) => {
      process.exitCode = await (await import('./commands/values.ts')).values(id, key, options)
    })
}

function addHistory(program: Command): void {
  described(program.command('history'), 'the changes of the inventory, the newest first')
    .option('--device <id>', 'only those of this device')
    .option('--class <class>', 'only those of this class')
    .option('--limit <count>', 'at most so many, 1 to 1000', count, 50)
    .action(async (options: HistoryOptions) => {
      process.exitCode = await (await import('./commands/history.ts')).history(options)
    })
  changing(program.command('revert'), 'undo one change, by a new one')
    .argument('<revision>', 'its number', count)
    .action(async (number: number, options: InventoryCliOptions) => {
      process.exitCode = await (await import('./commands/history.ts')).revert(number, options)
    })
}
