import { createTwoFilesPatch } from 'diff'
import pLimit from 'p-limit'
import type { Delivery } from '../store/store.ts'
import type { Explainer } from './explainer.ts'
import { type RenderedFile, renderFor } from './rendered-file.ts'

/** Files that are made at the same time. */
const RENDERED_AT_ONCE = 8
/** Lines around a difference. */
const CONTEXT_LINES = 3

/** What a change does to a file that a device is known to ask for. */
export interface FileImpact {
  readonly device: string
  readonly path: string
  /**
   * `changes`: other bytes. `varies`: other bytes each time it is made, change or no change.
   * `breaks`: it can be had now, and could not then. `appears`: the other way round.
   */
  readonly kind: 'changes' | 'varies' | 'breaks' | 'appears'
  readonly before: RenderedFile
  readonly after: RenderedFile
  /** A unified diff; undefined where a side is no text. */
  readonly diff?: string
}

/** How many files were compared, and those that would be others. */
export interface FileImpacts {
  readonly compared: number
  /** Known files that were not compared, because there were too many. */
  readonly left: number
  readonly files: readonly FileImpact[]
}

/** The site as it is, and as it would be. */
export interface BeforeAndAfter {
  readonly before: Explainer
  readonly after: Explainer
}

/**
 * Makes each known file twice, as it is and as it would be, and tells those that differ. Scripts
 * and handlers run; secrets are names in both.
 *
 * @param limits.filesMax - At most so many files are compared.
 * @param limits.onProgress - Called after each, with how many are done and how many there are.
 */
export async function fileImpacts(
  known: readonly Delivery[],
  sites: BeforeAndAfter,
  limits: {
    readonly filesMax: number
    readonly onProgress?: (done: number, total: number) => void
  },
): Promise<FileImpacts> {
  const compared = known.slice(0, limits.filesMax)
  const limit = pLimit(RENDERED_AT_ONCE)
  let done = 0
  const found = await Promise.all(
    compared.map((file) =>
      limit(async () => {
        const impact = await impactOn(file, sites)
        done += 1
        limits.onProgress?.(done, compared.length)
        return impact
      }),
    ),
  )
  const files = found.filter((impact) => impact !== undefined)
  return { compared: compared.length, left: known.length - compared.length, files }
}

async function impactOn(file: Delivery, sites: BeforeAndAfter): Promise<FileImpact | undefined> {
  const before = await renderFor(sites.before, file)
  const after = await renderFor(sites.after, file)
  if (isSame(before, after)) return undefined
  const { device, path } = file
  const known = { device, path, before, after }
  if (before.kind === 'refused' || after.kind === 'refused') {
    return { ...known, kind: after.kind === 'refused' ? 'breaks' : 'appears' }
  }
  const kind = isSame(before, await renderFor(sites.before, file)) ? 'changes' : 'varies'
  if (before.text === undefined || after.text === undefined) return { ...known, kind }
  return { ...known, kind, diff: patchOf(`${device}${path}`, before.text, after.text) }
}

function isSame(one: RenderedFile, other: RenderedFile): boolean {
  if (one.kind === 'file') return other.kind === 'file' && one.hash === other.hash
  return other.kind === 'refused' && one.code === other.code && one.message === other.message
}

function patchOf(name: string, before: string, after: string): string {
  const context = { context: CONTEXT_LINES }
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, '', '', context)
  return patch.replace(/^=+\n/, '').replaceAll('\t\n', '\n')
}
