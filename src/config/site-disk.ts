import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs'
import { join, resolve } from 'node:path'

/** What stands behind a path. */
export type PathKind = 'file' | 'folder' | 'missing'

/**
 * What the checks of a configuration want to know of the disk. Paths are relative to the site's
 * folder.
 */
export interface SiteDisk {
  /** Absolute. */
  readonly folder: string
  kindOf(path: string): PathKind
  isExecutable(path: string): boolean
  /** Files directly in a folder that begin with `#!` but may not be executed. */
  idleScripts(path: string): readonly string[]
}

/** Files of a script folder that are looked at, at most. */
const SCRIPTS_MAX = 1000

/** The disk below a site's folder. */
export function siteDisk(folder: string): SiteDisk {
  const absolute = (path: string): string => resolve(folder, path)
  return {
    folder,
    kindOf: (path) => kindOf(absolute(path)),
    isExecutable: (path) => isExecutable(absolute(path)),
    idleScripts: (path) => idleScripts(absolute(path)).map((name) => join(path, name)),
  }
}

function kindOf(path: string): PathKind {
  try {
    const stats = statSync(path)
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'missing'
  } catch {
    return 'missing'
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function idleScripts(folder: string): string[] {
  if (kindOf(folder) !== 'folder') return []
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  return names.slice(0, SCRIPTS_MAX).filter((name) => {
    const path = join(folder, name)
    return kindOf(path) === 'file' && !isExecutable(path) && beginsLikeScript(path)
  })
}

function beginsLikeScript(path: string): boolean {
  try {
    const file = openSync(path, 'r')
    const bytes = Buffer.alloc(2)
    readSync(file, bytes, 0, bytes.length, 0)
    closeSync(file)
    return bytes.toString('latin1') === '#!'
  } catch {
    return false
  }
}
