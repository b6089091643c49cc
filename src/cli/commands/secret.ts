import { text as readAll } from 'node:stream/consumers'
import { SecretKeeper } from '../../store/secrets/secret-keeper.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import {
  type InventoryCliOptions,
  type InventorySession,
  missing,
  print,
  record,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

export type SecretOptions = InventoryCliOptions

/** Says the names, never the secrets. */
export function listSecrets(options: SecretOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const secrets = (await keeperOf(opened)).list()
    const rows = secrets.map(({ name, at, keyId, problem }) => [
      name,
      new Date(at).toISOString(),
      keyId,
      problem ?? '',
    ])
    const text = table([['name', 'set', 'key', 'problem'], ...rows]).trimEnd()
    return print(options, secrets, secrets.length === 0 ? 'No secrets' : text)
  })
}

export function setSecret(name: string, options: SecretOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const keeper = await keeperOf(opened)
    await keeper.set(name, await readSecret(), Date.now())
    await record(opened, `secret "${name}" set`, options)
    return print(options, { name }, `Secret "${name}" is set`)
  })
}

export function removeSecret(name: string, options: SecretOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const wasThere = await (await keeperOf(opened)).remove(name)
    if (!wasThere) missing('secret', name)
    await record(opened, `secret "${name}" removed`, options)
    return print(options, { name }, `Secret "${name}" is removed`)
  })
}

export function rotateKey(options: SecretOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    const { count, what } = await (await keeperOf(opened)).rotate()
    await record(opened, `${count} secrets have a new key`, options)
    return print(options, { count }, `${count} secrets have a new key. ${what}`)
  })
}

function keeperOf({ store, secretPlace }: InventorySession): Promise<SecretKeeper> {
  return SecretKeeper.open(store.secrets, secretPlace)
}

/** Standard input, without the line end that `echo` and editors add. */
async function readSecret(): Promise<string> {
  if (process.stdin.isTTY) {
    const how = "printf %s 'the secret' | trivet secret set NAME"
    throw new CommandError(`The secret is read from standard input: ${how}`, ExitStatus.usage)
  }
  return (await readAll(process.stdin)).replace(/\r?\n$/, '')
}
