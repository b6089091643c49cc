import type { FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SiteConfig } from '../config/site.ts'
import { latestOf, type StoredVersion, type UploadRecord } from '../sources/uploads/record.ts'
import { type UploadPlace, uploadPlace } from '../sources/uploads/place.ts'

/** A file that was uploaded, as it is kept. */
export interface ViewedUpload {
  readonly name: string
  /** `state`, or the folder as the configuration has it. */
  readonly place: string
  /** Who wrote it first: `device desk-7`, `address 10.0.0.7`. */
  readonly owner: string
  /** The oldest first, never empty. */
  readonly versions: readonly StoredVersion[]
}

/** The bytes of a version, and which it is. */
export interface ViewedVersion {
  readonly version: StoredVersion
  readonly bytes: Buffer
}

/** Looks at the uploads of a site, whether a server runs or not. Changes nothing. */
export class UploadsView {
  readonly #places: readonly UploadPlace[]
  readonly #warn: (message: string) => void

  constructor(
    site: SiteConfig,
    parts: { readonly stateFolder: string; readonly warn: (message: string) => void },
  ) {
    const isProtected = (): boolean => false
    const folders = site.routes.flatMap(({ source }) =>
      source.kind === 'uploads' ? [source.options.folder] : [],
    )
    const distinct = new Map(
      folders.map((written) => [written && resolve(site.folder, written), written]),
    )
    const { stateFolder } = parts
    this.#places = [...distinct].map(([folder, written]) =>
      uploadPlace({ stateFolder, folder, label: written ?? 'state', isProtected }),
    )
    this.#warn = parts.warn
  }

  /** All that is kept, in the order of names. */
  async list(): Promise<readonly ViewedUpload[]> {
    const found = await Promise.all(this.#places.map((place) => this.#listIn(place)))
    return found.flat().toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** The bytes of a version; undefined when it has gone. */
  async read(upload: ViewedUpload, version: StoredVersion): Promise<ViewedVersion | undefined> {
    await using handle = await this.open(upload, version)
    return handle && { version, bytes: await handle.readFile() }
  }

  /** The same, to be read piece by piece; the caller closes it. */
  async open(upload: ViewedUpload, version: StoredVersion): Promise<FileHandle | undefined> {
    const place = this.#places.find(({ contents }) => contents.label === upload.place)
    return await place?.contents.open(upload.name, version.number)
  }

  async #listIn({ contents, records }: UploadPlace): Promise<readonly ViewedUpload[]> {
    const { records: all, problems } = await records.read()
    for (const [path, problem] of problems) this.#warn(`cannot read ${path}: ${problem}`)
    const viewed = await Promise.all(
      all.map(async (record) => {
        const isGone = (await contents.holds(record.name)) === false
        return isGone ? [] : [viewOf(record, contents.label)]
      }),
    )
    return viewed.flat()
  }
}

/** Who wrote the latest version. */
export function latestVersion({ versions, name }: ViewedUpload): StoredVersion {
  return latestOf({ versions, name, owner: '' })
}

function viewOf({ name, owner, versions }: UploadRecord, place: string): ViewedUpload {
  return { name, place, owner, versions }
}
