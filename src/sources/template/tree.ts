import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compilePattern, type Pattern, PatternError } from '../../routing/pattern.ts'
import { isBelow, statOf } from './template-file.ts'

/** A template that answers a path. */
export interface TemplateMatch {
  /** Absolute path. */
  readonly file: string
  /** What the parameters of its name found. */
  readonly params: Readonly<Record<string, string>>
}

export interface TemplateTreeOptions {
  /** Absolute path. */
  readonly folder: string
  /** Told once of each name that cannot be read as a pattern. */
  warn(message: string): void
}

const SUFFIX = '.j2'
/** Templates in one tree; the rest is left out, with a warning. */
const TEMPLATES_MAX = 10_000
/** Folders one inside of the other. */
const DEPTH_MAX = 32
/** Folders looked into for one path: those with parameters in their names can be many. */
const VISITS_MAX = 1_000
/**
 * A folder this young may change again without a new time of change (see `TemplateFile`), in
 * milliseconds.
 */
const SETTLED_MS = 2_000

interface Entry {
  readonly name: string
  readonly file: string
  readonly pattern: Pattern
}

interface Folder {
  readonly path: string
  /** Below the tree's folder, with slashes: empty, or ending in one. */
  readonly name: string
  stamp: string | undefined
  isSettled: boolean
  /** Templates without parameters in their whole name, by the name they answer. */
  readonly literals: Map<string, Entry>
  /** The others, the more particular first. */
  patterns: readonly Entry[]
  readonly folders: Map<string, Folder>
}

/**
 * A folder whose `*.j2` files answer the paths of their names without `.j2`; names of files and
 * folders may hold parameters.
 *
 * A name without parameters wins, then the one with more literal text, then the first in code point
 * order. What begins with `_` is there for others to include, and never answers; what begins with a
 * dot does not exist. New, changed and deleted files are seen at the next request: the folders on
 * the way to a path are compared with what they were.
 */
export class TemplateTree {
  readonly #options: TemplateTreeOptions
  readonly #root: Folder
  readonly #warned = new Set<string>()
  #templateCount = 0

  constructor(options: TemplateTreeOptions) {
    this.#options = options
    this.#root = newFolder(options.folder, '')
  }

  /** @param path - Decoded, without a leading slash. */
  find(path: string): TemplateMatch | undefined {
    const segments = path.split('/')
    const candidates: Entry[] = []
    let literal: Entry | undefined
    const queue: { folder: Folder; depth: number }[] = [{ folder: this.#root, depth: 0 }]
    for (let visits = 0; visits < VISITS_MAX; visits += 1) {
      const next = queue.pop()
      if (next === undefined) break
      const { folder, depth } = next
      this.#refresh(folder)
      literal ??= folder.literals.get(path)
      candidates.push(...folder.patterns)
      for (const [name, child] of folder.folders) {
        if (mayHold(folder, name, segments[depth])) queue.push({ folder: child, depth: depth + 1 })
      }
    }
    return literal === undefined ? firstMatch(candidates, path) : { file: literal.file, params: {} }
  }

  #refresh(folder: Folder): void {
    const stats = statOf(folder.path)
    const stamp =
      stats && [stats.dev, stats.ino, stats.mtimeNs, stats.ctimeNs].map(String).join(' ')
    if (stamp === folder.stamp && folder.isSettled) return
    folder.stamp = stamp
    folder.isSettled = stats === undefined || Date.now() - Number(stats.ctimeMs) > SETTLED_MS
    this.#fill(folder, stats === undefined ? [] : entriesOf(folder.path))
  }

  #fill(folder: Folder, entries: readonly Dirent[]): void {
    const known = new Map(folder.patterns.map((entry) => [entry.file, entry]))
    for (const entry of folder.literals.values()) known.set(entry.file, entry)
    const subfolders = new Set<string>()
    const found: Entry[] = []
    for (const entry of entries) {
      const kind = this.#kindOf(folder, entry)
      if (kind === 'folder') subfolders.add(entry.name)
      if (kind !== 'template') continue
      const file = join(folder.path, entry.name)
      const one = known.get(file) ?? this.#entry(folder.name + entry.name, file)
      if (one !== undefined) found.push(one)
    }
    this.#templateCount -= known.size
    const kept = found.slice(0, Math.max(0, TEMPLATES_MAX - this.#templateCount))
    if (kept.length < found.length)
      this.#warnOnce(`More than ${TEMPLATES_MAX} templates: the rest is left out`)
    this.#templateCount += kept.length
    setEntries(folder, kept)
    this.#setFolders(folder, subfolders)
  }

  #setFolders(folder: Folder, names: ReadonlySet<string>): void {
    for (const [name, child] of folder.folders) {
      if (names.has(name)) continue
      this.#forget(child)
      folder.folders.delete(name)
    }
    for (const name of names) {
      if (folder.folders.has(name)) continue
      folder.folders.set(name, newFolder(join(folder.path, name), `${folder.name}${name}/`))
    }
  }

  #forget(folder: Folder): void {
    this.#templateCount -= folder.literals.size + folder.patterns.length
    for (const child of folder.folders.values()) this.#forget(child)
  }

  #kindOf(folder: Folder, entry: Dirent): 'folder' | 'template' | undefined {
    const { name } = entry
    if (name.startsWith('.') || name.startsWith('_')) return undefined
    const isTemplate = name.endsWith(SUFFIX) && name.length > SUFFIX.length
    const isDeep = folder.name.split('/').length > DEPTH_MAX
    if (entry.isDirectory()) return isDeep ? undefined : 'folder'
    if (entry.isFile()) return isTemplate ? 'template' : undefined
    if (!entry.isSymbolicLink()) return undefined
    return this.#kindOfLink(join(folder.path, name), { isTemplate, isDeep })
  }

  /** A link counts as what it leads to, if that lies in the tree. */
  #kindOfLink(
    path: string,
    { isTemplate, isDeep }: { readonly isTemplate: boolean; readonly isDeep: boolean },
  ): 'folder' | 'template' | undefined {
    try {
      if (!isBelow(realpathSync(path), this.#options.folder)) return undefined
      const stats = statSync(path)
      if (stats.isDirectory()) return isDeep ? undefined : 'folder'
      return stats.isFile() && isTemplate ? 'template' : undefined
    } catch {
      return undefined
    }
  }

  #entry(name: string, file: string): Entry | undefined {
    try {
      const pattern = compilePattern(`/${name.slice(0, -SUFFIX.length)}`)
      return { name: name.slice(0, -SUFFIX.length), file, pattern }
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      this.#warnOnce(`Template "${name}" is left out: ${error.message}`)
      return undefined
    }
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message) || this.#warned.size >= TEMPLATES_MAX) return
    this.#warned.add(message)
    this.#options.warn(message)
  }
}

function newFolder(path: string, name: string): Folder {
  return {
    path,
    name,
    stamp: undefined,
    isSettled: false,
    literals: new Map(),
    patterns: [],
    folders: new Map(),
  }
}

function setEntries(folder: Folder, entries: readonly Entry[]): void {
  const isLiteral = ({ pattern }: Entry): boolean => pattern.parameters.length === 0
  folder.literals.clear()
  for (const entry of entries.filter(isLiteral)) folder.literals.set(entry.name, entry)
  folder.patterns = entries.filter((entry) => !isLiteral(entry))
}

/** Whether a path with this segment can be answered from a folder inside of another. */
function mayHold(parent: Folder, name: string, segment: string | undefined): boolean {
  if (parent.name.includes('...}')) return true
  return segment !== undefined && (name === segment || name.includes('{'))
}

function firstMatch(entries: readonly Entry[], path: string): TemplateMatch | undefined {
  let best: { entry: Entry; params: TemplateMatch['params'] } | undefined
  for (const entry of entries) {
    if (best !== undefined && !isMoreParticular(entry, best.entry)) continue
    const params = entry.pattern.match(`/${path}`)
    if (params !== undefined) best = { entry, params }
  }
  return best && { file: best.entry.file, params: best.params }
}

function isMoreParticular(one: Entry, other: Entry): boolean {
  const difference = one.pattern.literalChars - other.pattern.literalChars
  return difference === 0 ? one.name < other.name : difference > 0
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return []
  }
}
