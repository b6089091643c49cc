import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Refusal } from '../../base/refusal.ts'

/** A script, and what the name says beyond it. */
export interface FoundScript {
  /**
   * Absolute path, links in its name as they stand: some programs look at what they were called.
   */
  readonly file: string
  /** How many segments of the name lead to it; what follows is PATH_INFO. */
  readonly segmentCount: number
}

/** Nothing of that name, or nothing that could ever be looked up. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'])

/**
 * Walks the segments of a name below a folder: the first regular file is the script. Undefined when
 * there is none.
 *
 * Names that begin with a dot are never looked up. A link may point to a file of the folder, not
 * out of it.
 *
 * @throws {Refusal} `ACCESS_DENIED` when a link leads out of the folder or to a dot name, or when
 *   the system denies the look; declining would let a route behind this one show the script's
 *   source.
 */
export async function findScript(
  folder: string,
  segments: readonly string[],
): Promise<FoundScript | undefined> {
  let file = folder
  for (const [index, segment] of segments.entries()) {
    if (segment === '' || segment.startsWith('.') || segment.includes('\0')) return undefined
    file = join(file, segment)
    const stats = await statQuietly(file)
    if (stats?.isFile() === true) {
      await refuseOutside(folder, file)
      return { file, segmentCount: index + 1 }
    }
    if (stats?.isDirectory() !== true) return undefined
  }
  return undefined
}

async function refuseOutside(folder: string, file: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(file)])
  const below = root.endsWith(sep) ? root : root + sep
  const isDotName = (): boolean => real.slice(root.length).includes(`${sep}.`)
  if (real.startsWith(below) && !isDotName()) return
  throw denied(`Cannot run ${file}: it is a link to ${real}, which is not in ${folder}`)
}

async function statQuietly(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (NOT_THERE.has(code)) return undefined
    throw denied(`Cannot look at ${file}: ${message}`, error)
  }
}

function denied(message: string, cause?: unknown): Refusal {
  return new Refusal('ACCESS_DENIED', message, { wireMessage: 'Access denied', cause })
}
