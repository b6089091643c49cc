import { realpathSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import type { SiteConfig, SourceConfig } from './site.ts'

/** Never served from any folder of the site, wherever they lie. */
const PROTECTED_NAMES = /^(?:trivet\.(?:ya?ml|config\.(?:ts|js|mjs))|package(?:-lock)?\.json)$/

/**
 * What must never be served as it is: the configuration, scripts and their folders, template sources, handler
 * modules and their neighbours, and whatever has a dot name below the site.
 *
 * @returns A predicate over real paths (symbolic links resolved).
 */
export function protectedPaths(site: SiteConfig): (realPath: string) => boolean {
  const root = realPath(site.folder)
  const files = new Set<string>(site.file === undefined ? [] : [realPath(site.file)])
  const folders: string[] = [realPath(resolve(site.folder, 'node_modules'))]
  const templateRoots: string[] = []
  const handlerFolders = new Set<string>()
  for (const { source } of site.routes) {
    collect(source, site.folder, { files, folders, templateRoots, handlerFolders })
  }
  return (path) => {
    if (files.has(path) || folders.some((folder) => isBelow(path, folder))) return true
    const name = path.slice(path.lastIndexOf(sep) + 1)
    if (PROTECTED_NAMES.test(name) || hasDotName(relative(root, path))) return true
    if (name.endsWith('.j2') && templateRoots.some((folder) => isBelow(path, folder))) return true
    return /\.[cm]?[jt]s$/.test(name) && handlerFolders.has(dirname(path))
  }
}

interface Collected {
  readonly files: Set<string>
  readonly folders: string[]
  readonly templateRoots: string[]
  readonly handlerFolders: Set<string>
}

function collect(source: SourceConfig, siteFolder: string, into: Collected): void {
  const real = (path: string): string => realPath(resolve(siteFolder, path))
  if (source.kind === 'cgi') {
    const { folder, script } = source.options
    if (folder !== undefined) into.folders.push(real(folder))
    if (script !== undefined) into.files.add(real(script))
  } else if (source.kind === 'template') {
    const { file, folder, root } = source.options
    if (file !== undefined) into.files.add(real(file))
    into.templateRoots.push(real(root ?? folder ?? '.'))
  } else if (source.kind === 'handler') {
    const module = real(source.options.module)
    into.files.add(module)
    into.handlerFolders.add(dirname(module))
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** A dot name below the site; what lies outside it is another folder's affair. */
function hasDotName(path: string): boolean {
  return !path.startsWith('..') && path.split(sep).some((name) => name.startsWith('.'))
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
