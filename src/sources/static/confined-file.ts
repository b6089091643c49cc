import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { Refusal } from '../../base/refusal.ts'
import { isAbsence, readFailure } from './read-failure.ts'

/** An open file that may be served, and what is known of it. */
export interface ConfinedFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
  readonly modifiedAt: Date
  /** Changes whenever the content may have changed. */
  readonly etag: string
}

/** Where files are served from. */
export interface Confinement {
  /** Absolute path. */
  readonly folder: string
  /** True for real paths that must not be served. */
  readonly isProtected: (realPath: string) => boolean
  /**
   * Whether a link may lead outside: only where the name is the configuration's own and not the
   * client's.
   */
  readonly linksMayLeave: boolean
}

/**
 * A name that is exchanged for another file each time it is opened is given up after this many
 * times.
 */
const ATTEMPTS_MAX = 3

/** Neither waits for a pipe's writer nor takes a terminal. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** What Linux appends to the path of an open file that has lost its name. */
const DELETED = ' (deleted)'

/**
 * Opens a file below a folder; undefined when nothing that may be served is there.
 *
 * What counts is where the opened file really is, asked of the opened descriptor: neither a
 * symbolic link nor an exchange of names between check and use leads outside. Folders, devices,
 * pipes and sockets are no files.
 *
 * @throws {Refusal} `ACCESS_DENIED` when the system denies it, `GENERATOR_FAILED` when it cannot be
 *   read now, `BUSY` when it is being replaced again and again.
 */
export async function openConfined(
  within: Confinement,
  name: string,
): Promise<ConfinedFile | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found = await openOnce(within, name)
    if (found !== 'replaced') return found
  }
  throw new Refusal('BUSY', `Cannot read "${name}": it was replaced each time it was opened`, {
    wireMessage: 'The file is being replaced',
  })
}

async function openOnce(
  within: Confinement,
  name: string,
): Promise<ConfinedFile | 'replaced' | undefined> {
  const path = join(within.folder, name)
  const handle = await openIfThere(path, name)
  if (handle === undefined) return undefined
  try {
    const found = await judge(handle, within, path)
    if (typeof found !== 'string') return found
    await handle.close()
    return found === 'replaced' ? found : undefined
  } catch (error) {
    await handle.close()
    throw readFailure(error, name)
  }
}

async function judge(
  handle: FileHandle,
  within: Confinement,
  path: string,
): Promise<ConfinedFile | 'replaced' | 'hidden'> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile()) return 'hidden'
  const real = await realPathOf(handle, path, stats)
  if (real === undefined) return 'replaced'
  if (!(await isServable(real, within))) return 'hidden'
  const etag = [stats.ino, stats.size, stats.mtimeNs].map((one) => one.toString(36)).join('-')
  return { handle, sizeBytes: Number(stats.size), modifiedAt: stats.mtime, etag: `"${etag}"` }
}

async function openIfThere(path: string, name: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, OPEN_FLAGS)
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw readFailure(error, name)
  }
}

async function isServable(real: string, within: Confinement): Promise<boolean> {
  if (within.isProtected(real)) return false
  if (within.linksMayLeave) return !basename(real).startsWith('.')
  const root = await realpath(within.folder)
  const isBelow = real.startsWith(root.endsWith(sep) ? root : root + sep)
  return isBelow && !hasDotSegment(real.slice(root.length))
}

/**
 * Where an open file really is; undefined when it has lost its name. Linux tells. Elsewhere the
 * name is resolved, and must lead to the same file.
 */
async function realPathOf(
  handle: FileHandle,
  path: string,
  stats: BigIntStats,
): Promise<string | undefined> {
  const told = await toldPath(handle)
  if (told !== undefined && !told.endsWith(DELETED)) return told
  // Replaced by another since it was opened: it is still whole, and its name was this.
  if (told !== undefined && (await handle.stat()).nlink === 0) return told.slice(0, -DELETED.length)
  const resolved = told ?? (await ifThere(realpath(path)))
  if (resolved === undefined) return undefined
  const there = await ifThere(lstat(resolved, { bigint: true }))
  return there?.ino === stats.ino && there.dev === stats.dev ? resolved : undefined
}

async function toldPath(handle: FileHandle): Promise<string | undefined> {
  return process.platform === 'linux' ? ifThere(readlink(`/proc/self/fd/${handle.fd}`)) : undefined
}

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function hasDotSegment(path: string): boolean {
  return path.split(sep).some((segment) => segment.startsWith('.'))
}
