import { dirname, relative, resolve, sep } from 'node:path'
import type { ValueProblem } from './schema-problems.ts'
import type { RouteConfig, SourceConfig } from './site.ts'

/** A route, and where it stands among those written. */
interface PlacedRoute {
  readonly index: number
  readonly config: RouteConfig
}

/**
 * Uploads into a folder whose files are run or rendered would let devices write programs. Links
 * that lead there are seen when a file is written.
 *
 * @param root - Absolute path of the site's folder.
 */
export function checkUploadFolders(
  routes: readonly PlacedRoute[],
  root: string,
): readonly ValueProblem[] {
  const active = routes.flatMap(({ config: { source, name } }) =>
    activePlaces(source).map((place) => ({ ...place, folder: resolve(root, place.folder), name })),
  )
  return routes.flatMap(({ index, config: { source } }): ValueProblem[] => {
    if (source.kind !== 'uploads' || source.options.folder === undefined) return []
    const { folder } = source.options
    const path = ['routes', index, 'uploads', 'folder']
    const absolute = resolve(root, folder)
    if (isWithin(root, absolute)) {
      const message = `found "${folder}", which holds the configuration: a folder of its own is needed`
      return [{ path, message }]
    }
    const met = active.find(
      (one) => isWithin(one.folder, absolute) || (one.isDeep && isWithin(absolute, one.folder)),
    )
    if (met === undefined) return []
    const shown = relative(root, met.folder) || '.'
    const message = `found "${folder}", but files of "${shown}" are run or rendered (route "${met.name}"): another folder is needed`
    return [{ path, message }]
  })
}

interface ActivePlace {
  readonly folder: string
  /** True when what lies in folders below is run or rendered as well. */
  readonly isDeep: boolean
}

/** Folders whose files are run or rendered, as written. */
function activePlaces(source: SourceConfig): readonly ActivePlace[] {
  switch (source.kind) {
    case 'cgi': {
      const { folder, script } = source.options
      return placesOf(folder, script)
    }
    case 'fastcgi': {
      const { root, script } = source.options
      return placesOf(root, script)
    }
    case 'template': {
      const { folder, file } = source.options
      // Where templates lie all over the site, no upload may have such a name: see `protected.ts`.
      return placesOf(folder, file).map((place) =>
        place.folder === '.' || place.folder === './' ? { ...place, isDeep: false } : place,
      )
    }
    case 'docsis':
      return placesOf(undefined, source.options.template)
    case 'handler':
      return placesOf(undefined, source.options.module)
    case 'uploads':
      return source.onUpload === undefined ? [] : activePlaces(source.onUpload)
    case 'static':
    case 'app':
    case 'upstream':
    case 'rewrite':
      return []
  }
}

function placesOf(folder: string | undefined, file: string | undefined): readonly ActivePlace[] {
  return [
    ...(folder === undefined ? [] : [{ folder, isDeep: true }]),
    ...(file === undefined ? [] : [{ folder: dirname(file), isDeep: false }]),
  ]
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
