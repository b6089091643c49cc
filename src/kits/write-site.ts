import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatInventory } from '../store/text/format-inventory.ts'
import { composeSite, FILES_FOLDER } from './compose-site.ts'
import { KitConflictError } from './kit-conflict.ts'
import { mergeInventory } from './merge-inventory.ts'
import type { Kit } from './read-kit.ts'

/** What stands in the way of a site that would be written. */
export class InTheWayError extends Error {
  override readonly name = 'InTheWayError'
  /** Relative to the folder of the site. */
  readonly files: readonly string[]

  constructor(folder: string, files: readonly string[]) {
    super(`Found ${files.join(', ')} in ${folder}, which would be overwritten`)
    this.files = files
  }
}

/** What was written, as paths from the folder of the site. */
export interface WrittenSite {
  readonly files: readonly string[]
  /** Copies of what was there before, only with `isForced`. */
  readonly copies: readonly string[]
}

interface SiteFile {
  readonly name: string
  readonly kit: string
  readonly bytes: Uint8Array
}

/**
 * Writes a site for these kits: `trivet.yaml`, `inventory.yaml`, what the kits bring along, and an
 * empty `files/`. A file that is there with the same bytes is left alone.
 *
 * @param isForced - True: files that are in the way are first copied to `NAME.before-init`.
 * @throws {InTheWayError} Before anything is written.
 * @throws {KitConflictError} When the kits cannot be in one site.
 */
export async function writeSite(
  folder: string,
  kits: readonly Kit[],
  isForced = false,
): Promise<WrittenSite> {
  const wanted = await filesOf(kits)
  const states = await Promise.all(wanted.map((file) => stateOf(join(folder, file.name), file)))
  const others = wanted.filter((_, index) => states[index] === 'other')
  const folders = wanted.filter((_, index) => states[index] === 'no file')
  if (folders.length > 0 || (others.length > 0 && !isForced)) {
    const names = [...folders, ...others].map(({ name }) => name)
    throw new InTheWayError(folder, names)
  }
  const copies: string[] = []
  for (const { name } of others) copies.push(await copyAside(folder, name))
  await mkdir(join(folder, FILES_FOLDER), { recursive: true })
  const missing = wanted.filter((_, index) => states[index] !== 'same')
  for (const { name, bytes } of missing) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes, { flag: others.some((one) => one.name === name) ? 'w' : 'wx' })
  }
  return { files: missing.map(({ name }) => name), copies }
}

async function filesOf(kits: readonly Kit[]): Promise<readonly SiteFile[]> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  const files: SiteFile[] = [
    { name: 'trivet.yaml', kit: 'trivet', bytes: encode(composeSite(kits)) },
    { name: 'inventory.yaml', kit: 'trivet', bytes: encode(formatInventory(mergeInventory(kits))) },
  ]
  for (const kit of kits) files.push(...(await broughtFiles(kit)))
  const byName = new Map<string, SiteFile>()
  const conflicts: string[] = []
  for (const file of files) {
    const first = byName.get(file.name)
    if (first === undefined) byName.set(file.name, file)
    else if (!isEqual(first.bytes, file.bytes)) {
      conflicts.push(`The kits "${first.kit}" and "${file.kit}" differ in the file "${file.name}"`)
    }
  }
  if (conflicts.length > 0) throw new KitConflictError(conflicts)
  return [...byName.values()]
}

async function broughtFiles(kit: Kit): Promise<readonly SiteFile[]> {
  const folder = join(kit.folder, 'site')
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted()
  return await Promise.all(
    names.map(async (name) => ({ name, kit: kit.name, bytes: await readFile(join(folder, name)) })),
  )
}

/** A link that leads nowhere is something as well: it would be written through. */
async function stateOf(path: string, { bytes }: SiteFile) {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return 'missing'
  if (!stats.isFile()) return 'no file'
  return isEqual(await readFile(path), bytes) ? 'same' : 'other'
}

async function copyAside(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const copy = `${name}.before-init${number === 1 ? '' : `-${number}`}`
    try {
      // COPYFILE_EXCL: an older copy stays what it is.
      await copyFile(join(folder, name), join(folder, copy), 1)
      return copy
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
