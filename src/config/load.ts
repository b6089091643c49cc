import { type Stats, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { folderSite } from './folder-site.ts'
import { ConfigError, type ConfigProblem, formatPath } from './problems.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { SiteConfig } from './site.ts'
import { siteDisk } from './site-disk.ts'
import { siteFromInput } from './site-from-input.ts'
import { idleScriptMessages } from './source-from-input.ts'
import { parseYaml } from './yaml-document.ts'

/** A site, and what is doubtful about it. */
export interface LoadedSite {
  readonly site: SiteConfig
  readonly warnings: readonly ConfigProblem[]
}

/** Names looked for in a folder, in no order: two of them are a problem. */
const CONFIG_NAMES = [
  'trivet.yaml',
  'trivet.yml',
  'trivet.config.ts',
  'trivet.config.js',
  'trivet.config.mjs',
]
const YAML_EXTENSIONS = ['.yaml', '.yml']
const MODULE_EXTENSIONS = ['.ts', '.js', '.mjs']

/** Largest configuration in YAML, in bytes. */
const YAML_BYTES_MAX = 8 * 1024 * 1024

/**
 * Loads a site: a configuration file, a folder that holds one, or a folder that is the site.
 *
 * @param target - File or folder. Default: the current folder.
 * @throws {ConfigError} With every problem, each with its place.
 */
export async function loadSite(target = '.'): Promise<LoadedSite> {
  const path = resolve(target)
  const stats = statsOf(path, target)
  if (stats === undefined) throw problem(target, 'no such file or folder')
  if (!stats.isDirectory()) return loadFile(path)
  const isFile = (name: string): boolean =>
    statSync(join(path, name), { throwIfNoEntry: false })?.isFile() ?? false
  const files = CONFIG_NAMES.filter(isFile)
  if (files.length > 1) throw problem(target, `found ${files.join(' and ')}, expected one of them`)
  const [file] = files
  return file === undefined ? loadFolder(path) : loadFile(join(path, file))
}

function statsOf(path: string, name: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw problem(name, `cannot be read: ${reason(error)}`)
  }
}

function loadFolder(folder: string): LoadedSite {
  const site = folderSite(folder)
  const messages = idleScriptMessages(siteDisk(folder), 'cgi')
  return { site, warnings: messages.map((message) => ({ file: shown(folder), path: '', message })) }
}

/** What was written, and where each part of it stands. */
interface Written {
  readonly value: unknown
  readonly locate: (path: readonly PropertyKey[]) => {
    readonly line?: number
    readonly column?: number
  }
}

async function loadFile(file: string): Promise<LoadedSite> {
  const name = shown(file)
  const { value, locate } = await read(file, name)
  const originOf = (index: number): string => {
    const { line } = locate(['routes', index])
    return line === undefined ? `routes[${index}]` : `${name}:${line}`
  }
  const placed = ({ path, message }: ValueProblem): ConfigProblem => {
    return { file: name, ...locate(path), path: formatPath(path), message }
  }
  const found = siteFromInput(value ?? {}, { file, folder: dirname(file), originOf })
  if (found.site === undefined) throw new ConfigError(found.problems.map(placed).toSorted(byLine))
  return { site: found.site, warnings: found.warnings.map(placed) }
}

/** In the order of the file; what has no line keeps its place. */
function byLine(left: ConfigProblem, right: ConfigProblem): number {
  return (left.line ?? 0) - (right.line ?? 0)
}

function read(file: string, name: string): Promise<Written> {
  const extension = extname(file)
  if (YAML_EXTENSIONS.includes(extension)) return readYaml(file, name)
  if (MODULE_EXTENSIONS.includes(extension)) return readModule(file, name)
  const allowed = [...YAML_EXTENSIONS, ...MODULE_EXTENSIONS].join(', ')
  throw problem(name, `found "${extension}" at the end of the name, expected one of ${allowed}`)
}

async function readYaml(file: string, name: string): Promise<Written> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw problem(name, `cannot be read: ${reason(error)}`)
  })
  if (bytes.length > YAML_BYTES_MAX) {
    throw problem(name, `found ${bytes.length} bytes, expected at most ${YAML_BYTES_MAX}`)
  }
  return parseYaml(decode(bytes, name), name)
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw problem(name, 'cannot be read: it is not UTF-8 text')
  }
}

async function readModule(file: string, name: string): Promise<Written> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(pathToFileURL(file).href)) as typeof loaded
  } catch (error) {
    throw loadFailure(error, file, name)
  }
  if (loaded.default === undefined) {
    throw problem(name, 'found no default export, expected `export default defineConfig({ … })`')
  }
  return { value: loaded.default, locate: () => ({}) }
}

/** A syntax error in TypeScript says where it is at the head of its stack, and only there. */
function loadFailure(error: unknown, file: string, name: string): ConfigError {
  const head = error instanceof SyntaxError ? (error.stack ?? '').split('\n', 1)[0] : undefined
  const [, place, line] = /^(?:file:\/\/)?(.+):(\d+)$/.exec(head ?? '') ?? []
  const message = `cannot be loaded: ${reason(error)}`
  if (place === undefined) return problem(name, message)
  if (place === file)
    return new ConfigError([{ file: name, line: Number(line), path: '', message }])
  return problem(name, `${message} (${shown(place)}:${line})`)
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Relative to where the program runs, if the file lies below. */
function shown(path: string): string {
  const below = relative(process.cwd(), path)
  return below === '' || below.startsWith('..') ? path : below
}

function problem(file: string, message: string): ConfigError {
  return new ConfigError([{ file, path: '', message }])
}
