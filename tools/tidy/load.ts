import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Loads a module of the tree and gives what it exports. */
export async function loadModule(root: string, file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>
}
