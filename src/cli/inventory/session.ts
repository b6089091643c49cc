import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { areEqual, type Value } from '../../inventory/value.ts'
import type { Edit } from '../../store/store.ts'
import { StoreError } from '../../store/store.ts'
import type { SiteConfig } from '../../config/site.ts'
import { openInventory, type OpenInventory, secretPlace } from '../../server/open-inventory.ts'
import { SecretError } from '../../store/secrets/secret-error.ts'
import type { SecretPlace } from '../../store/secrets/secret-keys.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'

/** What every command that touches the inventory takes. */
export interface InventoryCliOptions {
  readonly site?: string
  readonly state?: string
  readonly store?: string
  readonly json?: boolean
  /** Why the change is made; kept with it. */
  readonly why?: string
}

/** An open inventory, and the site that it belongs to. */
export interface InventorySession extends OpenInventory {
  readonly site: SiteConfig
  /** Where the key of its secrets is. */
  readonly secretPlace: SecretPlace
}

/** Opens the inventory of a site for one command. @returns What the command returns. */
export async function withInventory(
  options: InventoryCliOptions,
  work: (opened: InventorySession) => Promise<number>,
): Promise<number> {
  const { site } = await loadSiteOrExit(options.site)
  try {
    const state = options.state === undefined ? undefined : resolve(options.state)
    const { keyFile } = site.secrets
    const place = { siteFolder: site.folder, state, store: options.store, keyFile }
    await using opened = await openInventory(place)
    return await work({ ...opened, site, secretPlace: secretPlace(place) })
  } catch (error) {
    if (error instanceof SecretError) throw new CommandError(error.message, ExitStatus.refused)
    if (!(error instanceof StoreError)) throw error
    const status = error.code === 'UNREACHABLE' ? ExitStatus.noAnswer : ExitStatus.refused
    throw new CommandError(error.message, status)
  }
}

/** Makes a change and says so, or says every reason why not. @returns The exit status. */
export async function change(
  { inventory }: OpenInventory,
  wanted: readonly Edit[],
  options: InventoryCliOptions,
): Promise<number> {
  const edits = wanted.filter(({ before, after }) => !isSame(before, after))
  if (edits.length === 0) return print(options, { revision: null, edits: 0 }, 'Nothing to change')
  const seenRevision = inventory.revision
  const { why = '' } = options
  const who = userName()
  const applied = await inventory.apply({ who, why, edits, seenRevision }, Date.now())
  if (applied.problems !== undefined) {
    for (const { message } of applied.problems) process.stderr.write(`${message}\n`)
    return ExitStatus.refused
  }
  const { number } = applied.revision
  const records = `${edits.length} ${edits.length === 1 ? 'record' : 'records'}`
  return print(options, { revision: number, edits: edits.length }, `Revision ${number}: ${records}`)
}

/**
 * Keeps a revision without edits: of what is changed beside the records. Servers look for it, and
 * `history` shows it.
 *
 * @param what - Said before the reason that the user gives.
 */
export async function record(
  { inventory }: OpenInventory,
  what: string,
  { why }: InventoryCliOptions,
): Promise<void> {
  const reason = why === undefined ? what : `${what}: ${why}`
  await inventory.apply({ who: userName(), why: reason, edits: [] }, Date.now())
}

function isSame(before: Edit['before'], after: Edit['after']): boolean {
  if (before === undefined || after === undefined) return before === after
  return areEqual(before as unknown as Value, after as unknown as Value)
}

/** One value for programs, or a line for people. */
export function print(options: InventoryCliOptions, value: unknown, text: string): number {
  process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`)
  return ExitStatus.done
}

/** @throws {CommandError} Saying that there is none of that name. */
export function missing(what: string, name: string): never {
  throw new CommandError(`There is no ${what} "${name}"`, ExitStatus.refused)
}

function userName(): string {
  try {
    return process.env['SUDO_USER'] ?? userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}
