import { resolve } from 'node:path'
import type { RequestContext } from '../../routing/source.ts'
import type { FastcgiOptions } from './options.ts'

/** A script, and how the name that was asked divides into its name and what is left for it. */
export interface LocatedScript {
  /** Absolute path as the application sees it. Nobody has looked whether it is there. */
  readonly file: string
  /** Absolute path of the folder of scripts as the application sees it. */
  readonly root: string
  /** SCRIPT_NAME; with `pathInfo` behind it, it is the name that was asked. */
  readonly scriptName: string
  /** PATH_INFO: empty, or with a leading slash. */
  readonly pathInfo: string
}

/**
 * Which script answers; undefined when the name cannot be that of one.
 *
 * With `script` all that `{path...}` matched is PATH_INFO, or the whole name where the pattern has
 * no such parameter. Else the first segment that ends with `extension` is the script: the first,
 * for what follows a script is its own to read.
 */
export function locateScript(
  options: FastcgiOptions,
  siteFolder: string,
  context: RequestContext,
): LocatedScript | undefined {
  const { prefix, rest } = divide(context)
  const root = resolve(siteFolder, options.root ?? '.')
  if (options.script !== undefined) {
    const file = resolve(root, options.script)
    return { file, root, scriptName: prefix, pathInfo: `/${rest}` }
  }
  const named = rest === '' || rest.endsWith('/') ? rest + (options.index ?? '') : rest
  const segments = named.split('/')
  const segmentCount = scriptSegmentCount(segments, options.extension)
  const name = segments.slice(0, segmentCount)
  if (segmentCount === 0 || !name.every(isLookedUp)) return undefined
  const pathInfo = segments.slice(segmentCount).map((segment) => `/${segment}`)
  return {
    file: resolve(root, ...name),
    root,
    scriptName: `${prefix}/${name.join('/')}`,
    pathInfo: pathInfo.join(''),
  }
}

/** How many segments lead to the script; 0 when none does. */
function scriptSegmentCount(segments: readonly string[], extension: string): number {
  if (extension === '') return segments.length
  return 1 + segments.findIndex((segment) => segment.endsWith(extension))
}

/** Names that begin with a dot are never asked for, `.php` alone is one of them. */
function isLookedUp(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.')
}

/** Cuts the name before what `{path...}` matched; a name without such a parameter is all rest. */
function divide({ params, path }: RequestContext): { prefix: string; rest: string } {
  const rest = params['path'] ?? path.text.slice(1)
  const isTail = path.text.endsWith(`/${rest}`)
  return { prefix: isTail ? path.text.slice(0, -rest.length - 1) : '', rest }
}
