import type { ImportedRoute, ImportOptions } from './imported-map.ts'

/** The routes of the files themselves, behind all others. */
export function servedFiles(options: ImportOptions): readonly ImportedRoute[] {
  const { root, hasAbsoluteNames, takesUploads } = options
  const match = hasAbsoluteNames ? `${root.replace(/\/+$/, '')}/{path...}` : '/{path...}'
  const files: ImportedRoute = {
    comment: hasAbsoluteNames ? 'names are paths of the whole file system' : 'the files',
    keys: { match, name: 'files', static: root },
  }
  if (!takesUploads) return [files]
  return [files, { comment: 'what devices write', keys: { match, name: 'uploads', uploads: root } }]
}
