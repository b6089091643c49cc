import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AddressError, parseListenAddress } from './addresses.ts'
import { folderSite } from './folder-site.ts'
import { ConfigError, type ConfigProblem, formatPath } from './problems.ts'
import { routesFromInput } from './routes-from-input.ts'
import { type SiteOutput, siteSchema } from './schema.ts'
import { problemsOf, type ValueProblem } from './schema-problems.ts'
import type { ListenAddress, SiteConfig } from './site.ts'
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

/**
 * Loads a site: a configuration file, a folder that holds one, or a folder that is the site.
 *
 * @param target - File or folder. Default: the current folder.
 * @throws {ConfigError} With every problem, each with its place.
 */
export async function loadSite(target = '.'): Promise<LoadedSite> {
  const path = resolve(target)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw problem(target, 'no such file or folder')
  if (!found.isDirectory()) return loadFile(path)
  const files = CONFIG_NAMES.filter((name) => existsSync(join(path, name)))
  const [file] = files
  if (files.length > 1) {
    throw problem(target, `found ${files.join(' and ')}, expected one of them: which one counts?`)
  }
  return file === undefined ? { site: folderSite(path), warnings: [] } : loadFile(join(path, file))
}

/** What was written, and where each part of it stands. */
interface Written {
  readonly file: string
  readonly value: unknown
  readonly place: (path: readonly PropertyKey[]) => {
    readonly line?: number
    readonly column?: number
  }
}

async function loadFile(file: string): Promise<LoadedSite> {
  const shown = relative(process.cwd(), file) || file
  const isYaml = ['.yaml', '.yml'].includes(extname(file))
  const written = isYaml ? await readYaml(file, shown) : await readModule(file, shown)
  const parsed = siteSchema.safeParse(written.value ?? {})
  if (!parsed.success) {
    throw failed(written, problemsOf(parsed.error.issues, written.value ?? {}))
  }
  return siteFrom(parsed.data, file, written)
}

async function readYaml(file: string, shown: string): Promise<Written> {
  const text = await readFile(file, 'utf8')
  const document = parseYaml(text, shown)
  return { file: shown, value: document.value, place: (path) => document.locate(path) }
}

async function readModule(file: string, shown: string): Promise<Written> {
  if (!['.ts', '.js', '.mjs'].includes(extname(file))) {
    throw problem(shown, 'found neither .yaml, .yml, .ts, .js nor .mjs at the end of its name')
  }
  try {
    const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown }
    if (loaded.default === undefined) throw new Error('it has no default export')
    return { file: shown, value: loaded.default, place: () => ({}) }
  } catch (error) {
    throw problem(
      shown,
      `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function siteFrom(output: SiteOutput, file: string, written: Written): LoadedSite {
  const folder = dirname(file)
  const originOf = (index: number): string => {
    const { line } = written.place(['routes', index])
    return line === undefined ? `routes[${index}]` : `${written.file}:${line}`
  }
  const { routes, problems, warnings } = routesFromInput(output.routes, folder, originOf)
  const listen = listenFrom(output)
  const all = [...listen.problems, ...problems]
  if (all.length > 0) throw failed(written, all)
  const site: SiteConfig = {
    folder,
    file,
    listen: listen.value,
    values: output.values,
    limits: output.limits,
    log: output.log,
    routes,
  }
  return { site, warnings: warnings.map((one) => placed(written, one)) }
}

function listenFrom({ listen }: SiteOutput): {
  readonly value: SiteConfig['listen']
  readonly problems: readonly ValueProblem[]
} {
  const problems: ValueProblem[] = []
  const read = (
    front: 'tftp' | 'http',
    defaultPort: number,
  ): readonly ListenAddress[] | undefined => {
    const given = listen[front]
    if (given === undefined) return undefined
    const list = Array.isArray(given) ? given : [given]
    return list.flatMap((text, index) => {
      try {
        return [parseListenAddress(String(text), defaultPort)]
      } catch (error) {
        if (!(error instanceof AddressError)) throw error
        const path = ['listen', front, ...(Array.isArray(given) ? [index] : [])]
        problems.push({ path, message: lowerFirst(error.message) })
        return []
      }
    })
  }
  const { singlePort, transferPorts } = listen
  const value = { tftp: read('tftp', 69), http: read('http', 8069), singlePort, transferPorts }
  return { value, problems }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function failed(written: Written, problems: readonly ValueProblem[]): ConfigError {
  return new ConfigError(problems.map((one) => placed(written, one)))
}

function placed(written: Written, { path, message }: ValueProblem): ConfigProblem {
  return { file: written.file, ...written.place(path), path: formatPath(path), message }
}

function problem(file: string, message: string): ConfigError {
  return new ConfigError([{ file, path: '', message }])
}
