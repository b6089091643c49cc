import { createHash } from 'node:crypto'
import { type BigIntStats, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Largest template read, in bytes. */
const TEMPLATE_BYTES_MAX = 1_048_576
/**
 * A file this young may change again without a new time of change, because clocks of file systems
 * are coarse (FAT: 2 s); until it is older it is read again each time, in milliseconds.
 */
const SETTLED_MS = 2_000

/** What a file held when it was last looked at. */
export interface FileState {
  /** Undefined when there is none, or none that may be read: `reason` says why. */
  readonly text: string | undefined
  /** SHA-256 of the bytes, in hex; undefined without a text. */
  readonly hash: string | undefined
  /** Why there is no text; undefined with one. */
  readonly reason: string | undefined
  readonly isMissing: boolean
}

const MISSING: FileState = {
  text: undefined,
  hash: undefined,
  reason: 'there is no such file',
  isMissing: true,
}

/**
 * A template on disk. Looking at it costs one `stat` while nothing changes.
 *
 * It is read synchronously, as the engine runs: so one rendition is made of one state of all its
 * files.
 */
export class TemplateFile {
  readonly #path: string
  /**
   * The folder that it must not leave by a symbolic link; undefined for a file that the
   * configuration names.
   */
  readonly #root: string | undefined
  #stamp: string | undefined
  #isSettled = false
  #state: FileState = MISSING

  constructor(path: string, root: string | undefined) {
    this.#path = path
    this.#root = root
  }

  /** The state now; the same object as long as the content is the same. */
  look(): FileState {
    const stats = statOf(this.#path)
    const stamp = stats === undefined ? undefined : stampOf(stats)
    if (stamp !== undefined && stamp === this.#stamp && this.#isSettled) return this.#state
    this.#stamp = stamp
    this.#isSettled = stats !== undefined && Date.now() - Number(stats.ctimeMs) > SETTLED_MS
    const state = stats === undefined ? MISSING : this.#read(stats)
    const isSame = state.hash === this.#state.hash && state.reason === this.#state.reason
    if (!isSame) this.#state = state
    return this.#state
  }

  #read(stats: BigIntStats): FileState {
    if (!stats.isFile()) return unreadable('it is not a file')
    if (stats.size > TEMPLATE_BYTES_MAX) {
      return unreadable(`it has ${stats.size} bytes, at most ${TEMPLATE_BYTES_MAX} are read`)
    }
    try {
      if (this.#root !== undefined && !isBelow(realpathSync(this.#path), this.#root)) {
        return unreadable('it leads outside of the root')
      }
      const bytes = readFileSync(this.#path)
      const hash = createHash('sha256').update(bytes).digest('hex')
      const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
      return { text, hash, reason: undefined, isMissing: false }
    } catch (error) {
      return unreadable(error instanceof Error ? error.message : String(error))
    }
  }
}

/** Whether a real path lies below a folder, and no name on the way begins with a dot. */
export function isBelow(realPath: string, folder: string): boolean {
  const names = relative(realFolder(folder), realPath).split(sep)
  return !names.some((name) => name === '' || name.startsWith('.'))
}

/**
 * A template's name below a root as a path.
 *
 * @returns Undefined for what can be no template: not `*.j2`, a dot name, an absolute name.
 */
export function pathOfName(root: string, name: string): string | undefined {
  const names = name.split('/')
  const isPlain = names.every((one) => one !== '' && !one.startsWith('.') && !/[\\\0]/.test(one))
  return isPlain && name.endsWith('.j2') ? join(root, ...names) : undefined
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** Undefined when there is nothing, or nothing that may be looked at. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
}

function unreadable(reason: string): FileState {
  return { text: undefined, hash: undefined, reason, isMissing: false }
}
