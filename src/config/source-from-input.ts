import { relative, resolve } from 'node:path'
import { cgiOptions } from '../sources/cgi/options.ts'
import { fastcgiOptions } from '../sources/fastcgi/options.ts'
import { handlerOptions } from '../sources/handler/options.ts'
import { staticOptions } from '../sources/static/options.ts'
import { PatternError, compilePattern } from '../routing/pattern.ts'
import { templateOptions } from '../sources/template/options.ts'
import { unknownParameter, uploadsOptions } from '../sources/uploads/options.ts'
import { unknownPlaceholder, upstreamOptions } from '../sources/upstream/options.ts'
import { isApp, type RouteOutput } from './schema.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { SourceConfig } from './site.ts'
import type { SiteDisk } from './site-disk.ts'
import { uploadHookFromInput } from './upload-hook-from-input.ts'

/** Where the checks put what they find. */
export interface Findings {
  readonly disk: SiteDisk
  readonly problems: ValueProblem[]
  readonly warnings: ValueProblem[]
}

const kinds = [
  'static',
  'cgi',
  'fastcgi',
  'handler',
  'template',
  'docsis',
  'upstream',
  'rewrite',
  'uploads',
] as const
type Kind = (typeof kinds)[number]
type Path = readonly PropertyKey[]

/** True when a route says what it serves from. */
export function namesSource(route: RouteOutput): boolean {
  return kinds.some((kind) => route[kind] !== undefined)
}

/** What a route serves from; undefined, with a problem, when it does not say exactly one thing. */
export function sourceFromInput(
  route: RouteOutput,
  path: Path,
  findings: Findings,
): SourceConfig | undefined {
  const given = kinds.filter((kind) => route[kind] !== undefined)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    const message = `found ${found}, expected exactly one of ${kinds.join(', ')}`
    findings.problems.push({ path, message })
    return undefined
  }
  return sourceOfKind[kind](route, [...path, kind], findings)
}

const sourceOfKind: Readonly<
  Record<Kind, (route: RouteOutput, path: Path, findings: Findings) => SourceConfig | undefined>
> = {
  static({ static: value }, path, findings) {
    if (value === undefined) return undefined
    const options = staticOptions.parse(
      typeof value === 'string' ? fileOrFolder(value, 'folder', findings) : value,
    )
    const { file, folder } = options
    requireExisting(findings, placed(value, path), { file, folder })
    return { kind: 'static', options }
  },
  cgi({ cgi: value }, path, findings) {
    if (value === undefined) return undefined
    const bare = (text: string): object =>
      findings.disk.kindOf(text) === 'folder' ? { folder: text } : { script: text }
    const options = cgiOptions.parse(typeof value === 'string' ? bare(value) : value)
    const { folder, script } = options
    const place = placed(value, path)
    requireExisting(findings, place, { folder, script })
    warnOfIdleScripts(findings, place, { folder, script })
    return { kind: 'cgi', options }
  },
  fastcgi({ fastcgi: value }) {
    // Socket and scripts are what the application sees, perhaps on another machine: not looked at.
    return value === undefined
      ? undefined
      : { kind: 'fastcgi', options: fastcgiOptions.parse(value) }
  },
  handler({ handler: value }, path, findings) {
    if (value === undefined) return undefined
    if (isApp(value)) return { kind: 'app', app: value }
    const options = handlerOptions.parse(typeof value === 'string' ? { module: value } : value)
    requireExisting(findings, placed(value, path), { module: options.module })
    return { kind: 'handler', options }
  },
  template({ template: value }, path, findings) {
    if (value === undefined) return undefined
    const options = templateOptions.parse(
      typeof value === 'string' ? fileOrFolder(value, 'file', findings) : value,
    )
    const { file, folder, root } = options
    const place = placed(value, path)
    requireExisting(findings, place, { file, folder, root })
    requireBelowRoot(findings, place, { file, folder, root })
    return { kind: 'template', options }
  },
  docsis({ docsis: value }, path, findings) {
    if (value === undefined) return undefined
    const { template: file, root, sharedSecretFile } = value
    const place = (key: string): Path => [...path, key === 'file' ? 'template' : key]
    requireExisting(findings, place, { file, root, sharedSecretFile })
    requireBelowRoot(findings, place, { file, root })
    return { kind: 'docsis', options: value }
  },
  upstream({ upstream: value, match }, path, findings) {
    if (value === undefined) return undefined
    // A bare string has only been looked at as text.
    const parsed = upstreamOptions.safeParse(typeof value === 'string' ? { url: value } : value)
    if (!parsed.success) {
      for (const { message } of parsed.error.issues) {
        findings.problems.push({ path, message: `found ${JSON.stringify(value)}: ${message}` })
      }
      return undefined
    }
    const options = parsed.data
    const place = placed(value, path)
    requireExisting(findings, place, { caFile: options.caFile })
    const missing = unknownPlaceholder(options, parametersOf(match))
    if (missing !== undefined) {
      const message = `found {${missing}} in the URL, but the pattern "${match}" captures none of that name`
      findings.problems.push({ path: place('url'), message })
    }
    return { kind: 'upstream', options }
  },
  rewrite({ rewrite: options }) {
    return options && { kind: 'rewrite', options }
  },
  uploads(route, path, findings) {
    const { uploads: value, match } = route
    if (value === undefined) return undefined
    const options = uploadsOptions.parse(typeof value === 'string' ? { folder: value } : value)
    const place = placed(value, path)
    requireExisting(findings, place, { folder: options.folder })
    const missing = unknownParameter(options, parametersOf(match))
    if (missing !== undefined) {
      const message = `found {${missing}}, but the pattern "${match}" captures none of that name`
      findings.problems.push({ path: place('name'), message })
    }
    const at = { path: path.slice(0, -1), findings }
    const onUpload = uploadHookFromInput(route, at, (kind, hook, hookPath) =>
      sourceOfKind[kind](hook, hookPath, findings),
    )
    return { kind: 'uploads', options, onUpload }
  },
}

/** What a pattern captures; nothing for one that is reported as wrong elsewhere. */
function parametersOf(match: string): readonly string[] {
  try {
    return compilePattern(match).parameters
  } catch (error) {
    if (error instanceof PatternError) return []
    throw error
  }
}

/** A bare name is what it is on disk; what is not there is what such a source usually takes. */
function fileOrFolder(name: string, usual: 'file' | 'folder', { disk }: Findings): object {
  const kind = disk.kindOf(name)
  return { [kind === 'missing' ? usual : kind]: name }
}

type Place = (key: string) => Path

/** Problems of a bare string stand at the source, those of an option at the option. */
function placed(value: unknown, path: Path): Place {
  return (key) => (typeof value === 'string' ? path : [...path, key])
}

type Named = Readonly<Record<string, string | undefined>>

function requireExisting({ disk, problems }: Findings, place: Place, named: Named): void {
  for (const key of ['folder', 'root', 'file', 'script', 'module', 'caFile', 'sharedSecretFile']) {
    const name = named[key]
    if (name === undefined) continue
    const needed = key === 'folder' || key === 'root' ? 'folder' : 'file'
    const found = disk.kindOf(name)
    if (found === needed) continue
    const message =
      found === 'missing'
        ? `no ${needed} "${name}" in ${disk.folder}`
        : `found the ${found} "${name}", expected a ${needed}`
    problems.push({ path: place(key), message })
  }
}

/** The engine reads nothing above its root, so such a template would fail at every request. */
function requireBelowRoot({ disk, problems }: Findings, place: Place, named: Named): void {
  const root = named['root'] ?? named['folder'] ?? '.'
  for (const key of ['file', 'folder']) {
    const name = named[key]
    if (name === undefined) continue
    const below = relative(resolve(disk.folder, root), resolve(disk.folder, name))
    if (!below.startsWith('..')) continue
    const message = `found "${name}", expected a ${key} below the root "${root}"`
    problems.push({ path: place(key), message })
  }
}

function warnOfIdleScripts({ disk, warnings }: Findings, place: Place, named: Named): void {
  const { folder, script } = named
  for (const message of folder === undefined ? [] : idleScriptMessages(disk, folder)) {
    warnings.push({ path: place('folder'), message })
  }
  if (script === undefined || disk.kindOf(script) !== 'file' || disk.isExecutable(script)) return
  warnings.push({ path: place('script'), message: idleMessage(script) })
}

/** One sentence for each script of a folder that may not be executed. */
export function idleScriptMessages(disk: SiteDisk, folder: string): readonly string[] {
  return disk.idleScripts(folder).map(idleMessage)
}

function idleMessage(script: string): string {
  return `"${script}" is not executable: chmod +x "${script}"`
}
