import { resolve } from 'node:path'
import type { RequestContext } from '../../routing/source.ts'
import { findScript } from './find-script.ts'
import type { CgiOptions } from './options.ts'

/** A script and how the name that was asked divides into its name and what is left for it. */
export interface LocatedScript {
  /** Absolute path. */
  readonly file: string
  /** SCRIPT_NAME; with `pathInfo` behind it, it is the name that was asked. */
  readonly scriptName: string
  /** PATH_INFO: empty, or with a leading slash. */
  readonly pathInfo: string
}

/**
 * Which script answers; undefined when the folder has none of that name.
 *
 * With `folder` the first file on the way is the script. With `script` all that `{path...}` matched
 * is PATH_INFO, or the whole name where the pattern has no such parameter: the script then stands
 * for the root, and its name is empty.
 *
 * @throws {Refusal} `ACCESS_DENIED`, see `findScript`.
 */
export async function locateScript(
  options: CgiOptions,
  siteFolder: string,
  context: RequestContext,
): Promise<LocatedScript | undefined> {
  const { prefix, rest } = divide(context)
  if (options.script !== undefined) {
    return { file: resolve(siteFolder, options.script), scriptName: prefix, pathInfo: `/${rest}` }
  }
  const segments = rest.split('/')
  const found = await findScript(resolve(siteFolder, options.folder ?? '.'), segments)
  if (found === undefined) return undefined
  const part = (from: number, to?: number): string =>
    segments
      .slice(from, to)
      .map((segment) => `/${segment}`)
      .join('')
  return {
    file: found.file,
    scriptName: prefix + part(0, found.segmentCount),
    pathInfo: part(found.segmentCount),
  }
}

/** Cuts the name before what `{path...}` matched; a name without such a parameter is all rest. */
function divide({ params, path }: RequestContext): { prefix: string; rest: string } {
  const rest = params['path'] ?? path.text.slice(1)
  const isTail = path.text.endsWith(`/${rest}`)
  return { prefix: isTail ? path.text.slice(0, -rest.length - 1) : '', rest }
}
