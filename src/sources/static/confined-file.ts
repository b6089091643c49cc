import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Refusal } from '../../base/refusal.ts'

/** An open file that may be served, and what is known of it. */
export interface ConfinedFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
  readonly modifiedAt: Date
  /** Changes whenever the content may have changed. */
  readonly etag: string
}

export interface ConfinedFolder {
  /** Absolute path. */
  readonly folder: string
  /** True for real paths that must not be served. */
  readonly isProtected: (realPath: string) => boolean
}

/** Not there, or not to be seen: the client cannot tell which. */
const INVISIBLE = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
  'EISDIR',
  'EINVAL',
])

/**
 * Opens a file below a folder; undefined when nothing that may be served is there.
 *
 * What counts is where the opened file really is, asked of the opened descriptor: neither a symbolic link nor an
 * exchange of names between check and use leads outside. Folders, devices, pipes and sockets are no files; a pipe
 * without a writer does not hang the open.
 *
 * @throws {Refusal} `ACCESS_DENIED` when the system denies it, `GENERATOR_FAILED` when it cannot be read now.
 */
export async function openConfined(
  within: ConfinedFolder,
  name: string,
): Promise<ConfinedFile | undefined> {
  const handle = await openQuietly(join(within.folder, name), name)
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat({ bigint: true })
    const isServable = stats.isFile() && (await isInside(handle, within, name))
    if (!isServable) {
      await handle.close()
      return undefined
    }
    return {
      handle,
      sizeBytes: Number(stats.size),
      modifiedAt: stats.mtime,
      etag: `"${[stats.ino, stats.size, stats.mtimeNs].map((one) => one.toString(36)).join('-')}"`,
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openQuietly(path: string, name: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (INVISIBLE.has(code)) return undefined
    const isDenied = code === 'EACCES' || code === 'EPERM'
    throw new Refusal(
      isDenied ? 'ACCESS_DENIED' : 'GENERATOR_FAILED',
      `Cannot open "${name}": ${error instanceof Error ? error.message : String(error)}`,
      { wireMessage: isDenied ? 'Access denied' : 'The file cannot be read now', cause: error },
    )
  }
}

async function isInside(
  handle: FileHandle,
  within: ConfinedFolder,
  name: string,
): Promise<boolean> {
  const root = await realpath(within.folder)
  const path = await realPathOf(handle, join(within.folder, name))
  if (path === undefined) return false
  const isBelow = path.startsWith(root.endsWith(sep) ? root : root + sep)
  return isBelow && !hasDotSegment(path.slice(root.length)) && !within.isProtected(path)
}

/** Where an open descriptor really is. Linux tells; elsewhere the name is resolved and must be the same file. */
async function realPathOf(handle: FileHandle, path: string): Promise<string | undefined> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`)
  const resolved = await realpath(path)
  const probe = await open(resolved, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const [one, two] = await Promise.all([handle.stat(), probe.stat()])
    return one.ino === two.ino && one.dev === two.dev ? resolved : undefined
  } finally {
    await probe.close()
  }
}

function hasDotSegment(path: string): boolean {
  return path.split(sep).some((segment) => segment.startsWith('.'))
}
