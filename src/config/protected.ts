import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { SiteConfig, SourceConfig } from './site.ts'

/** Never served from any folder of the site, wherever they lie. */
const PROTECTED_NAMES = /^(?:trivet\.(?:ya?ml|config\.(?:ts|js|mjs))|package(?:-lock)?\.json)$/
/** What a folder of state holds, which may lie in the site under any name. */
const STATE_NAMES = /^(?:trivet\.db(?:-wal|-shm)?|secret\.key(?:\.next)?|admin\.sock)$/
const MODULE_NAME = /\.[cm]?[jt]sx?$/

/**
 * How long resolved links count, in milliseconds: a release may be switched by exchanging a link.
 */
const RESOLVED_MS = 1000

/**
 * What must never be served as it is: the configuration, scripts and their folders, template
 * sources, handler modules and their neighbours, installed packages, and whatever has a dot name
 * below the site.
 *
 * Links are resolved again after a second, so that the answer follows a site whose folders are
 * exchanged.
 *
 * @param nowMs - A clock that only goes forward, in milliseconds. Default: that of the process.
 * @returns A predicate over real paths (symbolic links resolved).
 */
export function protectedPaths(
  site: SiteConfig,
  nowMs: () => number = () => performance.now(),
): (realPath: string) => boolean {
  const places = placesOf(site)
  let resolved = resolvedPlaces(places)
  let resolvedAtMs = nowMs()
  return (path) => {
    if (nowMs() - resolvedAtMs > RESOLVED_MS) {
      resolved = resolvedPlaces(places)
      resolvedAtMs = nowMs()
    }
    return isProtected(path, resolved)
  }
}

/** Absolute paths. */
interface Places {
  readonly root: string
  readonly files: readonly string[]
  readonly folders: readonly string[]
  /** Folders below which `*.j2` files are sources. */
  readonly templateRoots: readonly string[]
  /** Code of the server; modules beside it are its parts. */
  readonly modules: readonly string[]
}

/** The same with links resolved, ready to be asked. */
interface ResolvedPlaces {
  readonly root: string
  readonly files: ReadonlySet<string>
  readonly folders: readonly string[]
  readonly templateRoots: readonly string[]
  readonly moduleFolders: ReadonlySet<string>
}

function isProtected(path: string, places: ResolvedPlaces): boolean {
  const { root, files, folders, templateRoots, moduleFolders } = places
  if (files.has(path) || folders.some((folder) => isBelow(path, folder))) return true
  const name = basename(path)
  if (STATE_NAMES.test(name)) return true
  if (PROTECTED_NAMES.test(name) || hasHiddenName(relative(root, path))) return true
  if (name.endsWith('.j2') && templateRoots.some((folder) => isBelow(path, folder))) return true
  return MODULE_NAME.test(name) && moduleFolders.has(dirname(path))
}

function placesOf({ folder: root, file, routes, secrets, tls }: SiteConfig): Places {
  const sources = routes.map(({ source }) => placesOfSource(source))
  const absolute = (paths: readonly (string | undefined)[]): string[] =>
    paths.filter((path) => path !== undefined).map((path) => resolve(root, path))
  // What a configuration in TypeScript imports lies beside it.
  const own = file !== undefined && MODULE_NAME.test(file) ? [file] : []
  return {
    root,
    files: absolute([
      file,
      secrets.keyFile,
      tls?.keyFile,
      ...sources.flatMap(({ files }) => files),
    ]),
    folders: absolute(sources.flatMap(({ folders }) => folders)),
    templateRoots: absolute(sources.flatMap(({ templateRoots }) => templateRoots)),
    modules: absolute([...own, ...sources.flatMap(({ modules }) => modules)]),
  }
}

interface SourcePlaces {
  readonly files: readonly (string | undefined)[]
  readonly folders: readonly (string | undefined)[]
  readonly templateRoots: readonly (string | undefined)[]
  readonly modules: readonly string[]
}

const nothing: SourcePlaces = { files: [], folders: [], templateRoots: [], modules: [] }

function placesOfSource(source: SourceConfig): SourcePlaces {
  switch (source.kind) {
    case 'cgi':
      return { ...nothing, files: [source.options.script], folders: [source.options.folder] }
    case 'fastcgi': {
      const { root, script } = source.options
      const file = script === undefined ? undefined : scriptBelow(root, script)
      return { ...nothing, files: [file], folders: [root] }
    }
    case 'template': {
      const { file, folder, root } = source.options
      return { ...nothing, files: [file], templateRoots: [folder, root ?? folder ?? '.'] }
    }
    case 'docsis': {
      const { template, root, sharedSecretFile } = source.options
      return { ...nothing, files: [template, sharedSecretFile], templateRoots: [root ?? '.'] }
    }
    case 'handler':
      return { ...nothing, modules: [source.options.module] }
    case 'uploads':
      return source.onUpload === undefined ? nothing : placesOfSource(source.onUpload)
    case 'static':
    case 'app':
    case 'upstream':
    case 'rewrite':
      return nothing
  }
}

function scriptBelow(root: string | undefined, script: string): string {
  return isAbsolute(script) ? script : join(root ?? '.', script)
}

function resolvedPlaces(places: Places): ResolvedPlaces {
  const modules = places.modules.map(realPath)
  // A module behind a link has the neighbours of its name and those of its target.
  const moduleFolders = [
    ...places.modules.map((module) => realPath(dirname(module))),
    ...modules.map((module) => dirname(module)),
  ]
  return {
    root: realPath(places.root),
    files: new Set([...places.files.map(realPath), ...modules]),
    folders: places.folders.map(realPath),
    templateRoots: places.templateRoots.map(realPath),
    moduleFolders: new Set(moduleFolders),
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** A dot name or `node_modules` below the site; what lies outside it is another folder's affair. */
function hasHiddenName(path: string): boolean {
  const names = path.split(sep)
  if (names[0] === '..') return false
  return names.some((name) => name.startsWith('.') || name === 'node_modules')
}

/** Resolves the links in what is there of a path: the rest of it may come later. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}
