import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refusal } from '../../base/refusal.ts'
import type { Contents } from './contents.ts'
import { isAbsence } from './disk-failure.ts'
import { openParent, type Parent } from './open-parent.ts'

/** A dot name is never served, and no upload has one. */
const INCOMING = '.trivet-incoming'
/** Neither follows a link nor waits for a pipe's writer. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** What the server knows of a folder. */
export interface FolderParts {
  /** Absolute path. */
  readonly folder: string
  readonly label: string
  /** True for real paths that must not be written: scripts, templates, the configuration. */
  readonly isProtected: (realPath: string) => boolean
}

/** Uploads as files of a folder, under their names. */
export class FolderContents implements Contents {
  readonly label: string
  readonly isRecordFirst = true
  readonly incoming: string
  readonly #folder: string
  readonly #isProtected: (realPath: string) => boolean

  constructor({ folder, label, isProtected }: FolderParts) {
    this.label = label
    this.incoming = join(folder, INCOMING)
    this.#folder = folder
    this.#isProtected = isProtected
  }

  /** Only that: where the folder itself is gone, its disk may not be mounted. */
  async prepare(): Promise<void> {
    await mkdir(this.incoming, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }

  async holds(name: string): Promise<boolean> {
    await using parent = await openParent(this.#folder, name, { mayMake: false })
    if (parent === undefined) return false
    return (await statsOf(parent, basename(name))) !== undefined
  }

  async put(incoming: string, { name }: { readonly name: string }): Promise<void> {
    await using parent = await openParent(this.#folder, name, { mayMake: true })
    if (parent === undefined) throw new TypeError(`No folder for "${name}"`)
    const base = basename(name)
    if (this.#isProtected(join(await parent.realPath(), base))) throw denied(name, 'is protected')
    const there = await statsOf(parent, base)
    if (there !== undefined && !there.isFile()) throw denied(name, 'is no file')
    await rename(incoming, parent.at(base))
    await parent.sync()
  }

  async open(name: string): Promise<FileHandle | undefined> {
    await using parent = await openParent(this.#folder, name, { mayMake: false })
    if (parent === undefined) return undefined
    if (this.#isProtected(join(await parent.realPath(), basename(name)))) return undefined
    return await openFile(parent.at(basename(name)))
  }

  /** A folder has no versions. */
  async remove(): Promise<void> {}
  async keepOnly(): Promise<void> {}
}

/** Opens a file, and nothing that is none. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(path, READ_FLAGS)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    return undefined
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

async function statsOf(parent: Parent, base: string): Promise<Stats | undefined> {
  try {
    return await lstat(parent.at(base))
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function denied(name: string, why: string): Refusal {
  return new Refusal('ACCESS_DENIED', `Cannot keep "${name}": what is there ${why}`, {
    wireMessage: 'This name cannot be used',
  })
}
