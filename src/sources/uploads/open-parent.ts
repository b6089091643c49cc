import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsence } from './disk-failure.ts'

/** A link is no folder: it could lead outside. */
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const ROOT_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY

/** The folder that a file of a name lies in, held open. */
export interface Parent extends AsyncDisposable {
  /** Where a file of this folder is, whatever becomes of the folder's own name. */
  at(base: string): string
  /** The folder's real path, links resolved. */
  realPath(): Promise<string>
  /** Resolves when its names are on disk. */
  sync(): Promise<void>
}

/**
 * Opens the folder of a name below a root, step by step, so that no link on the way leads outside,
 * not even one that is put there meanwhile. (That takes Linux; elsewhere each step looks anew.)
 *
 * @returns Undefined when it is not there.
 * @throws {NodeJS.ErrnoException} `ENOTDIR`, `ELOOP` for a link or a file on the way when folders
 *   are made.
 */
export async function openParent(
  root: string,
  name: string,
  { mayMake }: { readonly mayMake: boolean },
): Promise<Parent | undefined> {
  let path = root
  let handle = await open(root, ROOT_FLAGS)
  try {
    for (const segment of name.split('/').slice(0, -1)) {
      const next = await step({ handle, path }, segment, mayMake)
      await handle.close()
      handle = next
      path = join(path, segment)
    }
    return parentOf(handle, path)
  } catch (error) {
    await handle.close()
    if (!mayMake && isAbsence(error)) return undefined
    throw error
  }
}

interface Place {
  readonly handle: FileHandle
  readonly path: string
}

async function step(place: Place, segment: string, mayMake: boolean): Promise<FileHandle> {
  const path = within(place, segment)
  try {
    return await open(path, FOLDER_FLAGS)
  } catch (error) {
    if (!mayMake || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(path, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await place.handle.sync()
  return await open(path, FOLDER_FLAGS)
}

function parentOf(handle: FileHandle, path: string): Parent {
  const place = { handle, path }
  return {
    at: (base) => within(place, base),
    realPath: () => realPathOf(place),
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

/** On Linux the open folder has a path that no change of names can bend. */
function within({ handle, path }: Place, base: string): string {
  return process.platform === 'linux' ? `/proc/self/fd/${handle.fd}/${base}` : join(path, base)
}

function realPathOf({ handle, path }: Place): Promise<string> {
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(path)
}
