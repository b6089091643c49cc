import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Templates below one folder at most. */
export const TEMPLATES_MAX = 10_000
/** Folders below a root that are looked into at most. */
const FOLDERS_MAX = 1000

/** What is in a tree of templates. */
export interface TemplateTree {
  /** Names of `*.j2` files below the root, with slashes. */
  readonly names: readonly string[]
  /** Every folder below the root, the root first, with slashes: where new files may come. */
  readonly folders: readonly string[]
}

/** Reads a tree. Names that begin with a dot, and `node_modules`, are left out; links to folders are not followed. */
export async function readTemplateTree(root: string): Promise<TemplateTree> {
  const names: string[] = []
  const folders = ['']
  for (let index = 0; index < folders.length; index += 1) {
    const folder = folders[index] ?? ''
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      if (entry.isDirectory() && folders.length < FOLDERS_MAX) folders.push(name)
      else if (entry.name.endsWith('.j2') && names.length < TEMPLATES_MAX) names.push(name)
    }
  }
  return { names: names.toSorted(), folders }
}

/** Names of all `*.j2` files below a folder, sorted. */
export async function listTemplates(root: string): Promise<readonly string[]> {
  return (await readTemplateTree(root)).names
}
