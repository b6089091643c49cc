import { cp, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { constants } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { loadSite } from '../config/load.ts'
import type { SiteConfig } from '../config/site.ts'

/** A site that is copied to be looked at, in bytes. */
const SITE_BYTES_MAX = 512 * 1024 * 1024
/** What is no part of what is served. */
const LEFT_OUT = new Set(['.trivet', '.git', 'node_modules'])

/** A file of the site, and the one that would take its place. */
export interface Replacement {
  /** Relative to the folder of the site. */
  readonly path: string
  /** The other file, anywhere. */
  readonly by: string
}

/** A copy of a site in which some files are others; gone when it is disposed of. */
export interface ChangedSite extends AsyncDisposable {
  readonly site: SiteConfig
}

/**
 * Copies a site with other files in the place of some: templates, scripts, the configuration.
 *
 * @throws {ConfigError} When the site is none with them.
 * @throws {Error} When a path leads out of the site, or the site is over 512 MiB.
 */
export async function changedSite(
  site: SiteConfig,
  replacements: readonly Replacement[],
): Promise<ChangedSite> {
  const folder = await mkdtemp(join(tmpdir(), 'trivet-impact-'))
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await copySite(site.folder, folder)
    for (const { path, by } of replacements) {
      const target = resolve(folder, path)
      if (relative(folder, target).startsWith('..')) {
        throw new Error(`Cannot replace "${path}": it is not below ${site.folder}`)
      }
      await cp(by, target, { force: true })
    }
    const target = site.file === undefined ? folder : join(folder, basename(site.file))
    const { site: changed } = await loadSite(target)
    return { site: changed, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function copySite(from: string, to: string): Promise<void> {
  let bytes = 0
  await cp(from, to, {
    recursive: true,
    // Links stay what they are: what is confined to its folder must be so in the copy.
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: async (path) => {
      if (LEFT_OUT.has(basename(path))) return false
      const stats = await stat(path).catch(() => undefined)
      if (stats?.isFile()) bytes += stats.size
      else if (stats !== undefined && !stats.isDirectory()) return false
      if (bytes <= SITE_BYTES_MAX) return true
      throw new Error(`Cannot copy ${from}: it is over ${SITE_BYTES_MAX / 2 ** 20} MiB`)
    },
  })
  // Handlers find their packages as they do in the site.
  await symlink(join(from, 'node_modules'), join(to, 'node_modules')).catch(() => {})
}
