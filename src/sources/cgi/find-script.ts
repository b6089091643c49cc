import { constants, type Stats } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { Refusal } from '../../base/refusal.ts'

/** A script and what of the name is its own. */
export interface FoundScript {
  /** Absolute real path. */
  readonly file: string
  /** How many segments of the asked path name the script. */
  readonly segments: number
}

/**
 * Walks a path below a folder until it meets a file; the rest is PATH_INFO. Undefined when there is none.
 *
 * Confined like static files: dot names never, and a symbolic link must not lead outside.
 *
 * @throws {Refusal} `GENERATOR_FAILED` when the file cannot be executed.
 */
export async function findScript(folder: string, path: string): Promise<FoundScript | undefined> {
  const segments = path.split('/')
  let file = folder
  for (const [index, segment] of segments.entries()) {
    if (segment === '' || segment.startsWith('.') || segment.includes('\0')) return undefined
    file = join(file, segment)
    const stats = await quietStat(file)
    if (stats === undefined) return undefined
    if (stats.isDirectory()) continue
    if (!stats.isFile() || !(await isInside(folder, file))) return undefined
    await requireExecutable(file)
    return { file, segments: index + 1 }
  }
  return undefined
}

/** @throws {Refusal} `GENERATOR_FAILED` saying what to do. */
export async function requireExecutable(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK)
  } catch {
    throw new Refusal(
      'GENERATOR_FAILED',
      `Cannot run ${basename(file)}: it is not executable (chmod +x ${basename(file)})`,
      { wireMessage: 'The script failed' },
    )
  }
}

async function isInside(folder: string, file: string): Promise<boolean> {
  const [root, real] = await Promise.all([realpath(folder), realpath(dirname(file))])
  const target = await realpath(file)
  return `${real}${sep}`.startsWith(`${root}${sep}`) && target.startsWith(`${root}${sep}`)
}

async function quietStat(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch {
    return undefined
  }
}
