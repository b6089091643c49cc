import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Contents } from './contents.ts'
import { FolderContents } from './folder-contents.ts'
import { RecordFiles } from './record-files.ts'
import { StateContents } from './state-contents.ts'

/** Where uploads and their records are. */
export interface UploadPlace {
  readonly contents: Contents
  readonly records: RecordFiles
}

/** What tells a place. */
export interface PlaceParts {
  /** Absolute path of the state of the site. */
  readonly stateFolder: string
  /** Absolute path of the folder that uploads are kept in; undefined: they are in the state. */
  readonly folder: string | undefined
  /** How people write that folder. */
  readonly label: string
  readonly isProtected: (realPath: string) => boolean
}

/** The place of a route's uploads. Nothing is made or read yet. */
export function uploadPlace({ stateFolder, folder, label, isProtected }: PlaceParts): UploadPlace {
  const uploads = join(stateFolder, 'uploads')
  if (folder === undefined) {
    const records = new RecordFiles(join(uploads, 'kept'))
    return { contents: new StateContents(uploads, records), records }
  }
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const records = new RecordFiles(join(uploads, 'folders', id))
  return { contents: new FolderContents({ folder, label, isProtected }), records }
}
