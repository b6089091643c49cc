import { SingleBar } from 'cli-progress'
import { ConfigError } from '../../config/problems.ts'
import { type ChangedSite, changedSite, type Replacement } from '../../server/changed-site.ts'
import type { FileImpacts } from '../../server/file-impact.ts'
import { impactOnFiles } from '../../server/inventory-impact.ts'
import type { Edit } from '../../store/store.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { editsOf, type TextOptions } from '../inventory/read-text.ts'
import { describeImpact } from '../describe-impact.ts'
import {
  type InventoryCliOptions,
  type InventorySession,
  print,
  withInventory,
} from '../inventory/session.ts'

export interface ImpactOptions extends InventoryCliOptions, TextOptions {
  /** `PATH=FILE`: this file would be in the place of that one of the site. */
  readonly with?: readonly string[]
  readonly filesMax: number
}

/** Says what a change would do, and makes none. @returns 0: nothing, 1: something changes. */
export function impact(file: string | undefined, options: ImpactOptions): Promise<number> {
  const replacements = (options.with ?? []).map(replacementOf)
  return withInventory(options, async (opened) => {
    const edits = file === undefined ? [] : await editsOf(file, opened, options)
    const devices = opened.inventory.impactOf(edits)
    const files = await comparedFiles(opened, edits, { replacements, options })
    const text = describeImpact({ edits, devices, files })
    print(options, { edits: edits.length, devices, files }, text)
    return devices.length + files.files.length === 0 ? ExitStatus.done : ExitStatus.refused
  })
}

async function comparedFiles(
  { site, inventory: live, store }: InventorySession,
  edits: readonly Edit[],
  { options, replacements }: { options: ImpactOptions; replacements: readonly Replacement[] },
): Promise<FileImpacts> {
  await using copy = await changedSiteOrExit(site, replacements)
  const bar = progressBar(options)
  const onProgress = (done: number, total: number): void => {
    if (done === 1) bar?.start(total, 0)
    bar?.update(done)
  }
  const limits = { filesMax: options.filesMax, onProgress }
  const files = await impactOnFiles({ site, live, store, changed: copy?.site }, edits, limits)
  bar?.stop()
  return files
}

async function changedSiteOrExit(
  site: InventorySession['site'],
  replacements: readonly Replacement[],
): Promise<ChangedSite | undefined> {
  if (replacements.length === 0) return undefined
  try {
    return await changedSite(site, replacements)
  } catch (error) {
    const status = error instanceof ConfigError ? ExitStatus.usage : ExitStatus.localFile
    throw new CommandError((error as Error).message, status)
  }
}

function replacementOf(written: string): Replacement {
  const [, path, by] = /^([^=]+)=(.+)$/.exec(written) ?? []
  if (path !== undefined && by !== undefined) return { path, by }
  const needed = 'phones/a.xml.j2=/tmp/new.j2 is needed: a file of the site, and the one for it'
  throw new CommandError(`Found --with "${written}", ${needed}`, ExitStatus.usage)
}

function progressBar({ json }: ImpactOptions): SingleBar | undefined {
  if (json || !process.stderr.isTTY) return undefined
  return new SingleBar({
    format: 'comparing {value} of {total} files {bar}',
    stream: process.stderr,
  })
}
