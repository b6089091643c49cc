import { resolve } from 'node:path'
import type { Source } from '../routing/source.ts'
import { uploadsSource } from '../sources/uploads/index.ts'
import type { UploadsOptions } from '../sources/uploads/options.ts'
import { uploadPlace } from '../sources/uploads/place.ts'
import { UploadHook } from '../sources/uploads/upload-hook.ts'
import { UploadStore } from '../sources/uploads/upload-store.ts'
import { addressList } from './address-list.ts'

/** What is the same for all uploads of a site. */
export interface UploadsPlacesParts {
  /** Absolute path. */
  readonly siteFolder: string
  /** Absolute path of the state. */
  readonly stateFolder: string
  /** True for real paths that must not be written. */
  readonly isProtected: (realPath: string) => boolean
  readonly warn: (message: string) => void
}

/** The uploads of a site: routes that keep them in the same folder share what is known of them. */
export class UploadsPlaces {
  readonly #parts: UploadsPlacesParts
  readonly #stores = new Map<string | undefined, UploadStore>()
  readonly #hooks: UploadHook[] = []

  constructor(parts: UploadsPlacesParts) {
    this.#parts = parts
  }

  /** @param onUpload - What is told of each upload; undefined: nobody is. */
  source(options: UploadsOptions, onUpload: Source | undefined): Source {
    const { warn } = this.#parts
    const hook = onUpload && new UploadHook(onUpload, warn)
    if (hook !== undefined) this.#hooks.push(hook)
    const isFrom = options.from === undefined ? () => true : addressList(options.from)
    return uploadsSource(options, { store: this.#storeOf(options.folder), isFrom, hook })
  }

  /** Removes what an earlier run has left behind. Before the first upload. */
  async tidy(): Promise<void> {
    for (const store of this.#stores.values()) {
      await store.tidy().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        this.#parts.warn(`cannot look after the uploads: ${reason}`)
      })
    }
  }

  /** Resolves when all that is told of uploads has been told. */
  async drained(): Promise<void> {
    await Promise.all(this.#hooks.map((hook) => hook.drained()))
  }

  #storeOf(written: string | undefined): UploadStore {
    const { siteFolder, stateFolder, isProtected, warn } = this.#parts
    const folder = written === undefined ? undefined : resolve(siteFolder, written)
    const known = this.#stores.get(folder)
    if (known !== undefined) return known
    const place = uploadPlace({ stateFolder, folder, label: written ?? 'state', isProtected })
    const store = new UploadStore({ ...place, warn, nowMs: () => Date.now() })
    this.#stores.set(folder, store)
    return store
  }
}
