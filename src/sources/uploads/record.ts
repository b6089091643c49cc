import { z } from 'zod'

const version = z.strictObject({
  number: z.int().min(1),
  bytes: z.int().min(0),
  at: z.string(),
  writer: z.string(),
  address: z.string(),
  device: z.string().optional(),
})

const record = z.strictObject({
  name: z.string(),
  owner: z.string(),
  keepDays: z.int().optional(),
  versions: z.array(version).min(1),
})

/** One upload of a file, as it is kept. */
export interface StoredVersion {
  /** From 1; numbers of versions that are gone are not used again. */
  readonly number: number
  readonly bytes: number
  /** When it was whole, ISO 8601. */
  readonly at: string
  /** Whose quota it counts for: `device desk-7`, `address 10.0.0.7`. */
  readonly writer: string
  readonly address: string
  /** Id of the device that wrote it; undefined where it was unknown. */
  readonly device?: string | undefined
}

/** What is known of a file that was uploaded. */
export interface UploadRecord {
  readonly name: string
  /** Who wrote it first: `device desk-7`, `address 10.0.0.7`. */
  readonly owner: string
  /** The rule of the route that it was last written by. */
  readonly keepDays?: number | undefined
  /** The oldest first, never empty. */
  readonly versions: readonly StoredVersion[]
}

const DAY_MS = 86_400_000

/** @throws {Error} For text that is no record. */
export function parseRecord(text: string): UploadRecord {
  return record.parse(JSON.parse(text))
}

export function formatRecord(value: UploadRecord): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The version that counts. */
export function latestOf({ name, versions }: UploadRecord): StoredVersion {
  const latest = versions.at(-1)
  if (latest === undefined) throw new TypeError(`No version of "${name}"`)
  return latest
}

/** Without what is over the number or, but for the latest, over the age. */
export function pruned(
  value: UploadRecord,
  limits: { readonly versionsMax: number; readonly nowMs: number },
): UploadRecord {
  const { keepDays, versions } = value
  const latest = latestOf(value)
  const oldestMs = keepDays === undefined ? undefined : limits.nowMs - keepDays * DAY_MS
  const kept = versions
    .slice(-limits.versionsMax)
    .filter((one) => one === latest || oldestMs === undefined || Date.parse(one.at) >= oldestMs)
  return kept.length === versions.length ? value : { ...value, versions: kept }
}
