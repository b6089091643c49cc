import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders that hold nothing of the project's own writing. */
const foreignFolders = new Set(['node_modules', 'dist', '.git', '.trivet'])

/**
 * Lists the files of a tree, sorted, relative to `root`, with slashes.
 *
 * @param accepts - Told the relative path of each file; all are accepted by default.
 */
export function listFiles(root: string, accepts = (_file: string) => true): string[] {
  return walk(root, '').filter(accepts)
}

/** Reads a file of the tree as text. */
export function readText(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Source that a person wrote: TypeScript of every kind but declarations. */
export function isTypeScript(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.d.ts')
}

/** A test, or something that only tests use. */
export function isTestFile(file: string): boolean {
  return file.endsWith('.test.ts') || /^(test|bench|src\/testing)\//.test(file)
}

function walk(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => enter(root, { folder, entry }))
}

function enter(root: string, { folder, entry }: { folder: string; entry: Dirent }): string[] {
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`
  if (entry.isFile()) return [path]
  return entry.isDirectory() && !foreignFolders.has(entry.name) ? walk(root, path) : []
}
