import { Refusal } from '../../base/refusal.ts'
import type { UploadsOptions } from './options.ts'
import { latestOf, pruned, type StoredVersion, type UploadRecord } from './record.ts'
import type { UsageBook } from './usage-book.ts'

/** Versions kept with `overwrite: version`, unless the options say otherwise. */
const VERSIONS = 20

/** What a route allows its uploads. */
export type UploadRules = Pick<
  UploadsOptions,
  | 'overwrite'
  | 'append'
  | 'appendBytesMax'
  | 'versionsMax'
  | 'keepDays'
  | 'quotaBytes'
  | 'quotaFiles'
  | 'filesMax'
>

/** Who uploads. */
export interface Writer {
  /** `device desk-7`, `address 10.0.0.7`: whose the file is, and whose quota it counts for. */
  readonly key: string
  readonly address: string
  readonly device: string | undefined
}

/** What is there under a name before an upload. */
export interface Before {
  readonly isThere: boolean
  /** Undefined where there is nothing, or a file that was no upload. */
  readonly record: UploadRecord | undefined
}

/**
 * Whether the file may be written.
 *
 * @throws {Refusal} `FILE_EXISTS` when it must stay, `ACCESS_DENIED` when it is another's.
 */
export function checkOverwrite(
  name: string,
  before: Before,
  ask: { readonly rules: UploadRules; readonly writer: Writer },
): void {
  const { overwrite } = ask.rules
  if (!before.isThere || overwrite === 'always' || overwrite === 'version') return
  if (overwrite === 'never') {
    throw new Refusal('FILE_EXISTS', `Cannot write "${name}": it is there (overwrite: never)`, {
      wireMessage: 'File already exists',
    })
  }
  const owner = before.record?.owner
  if (owner === ask.writer.key) return
  const whose = owner === undefined ? 'it was no upload' : `it is of ${owner}`
  const message = `Cannot write "${name}" as ${ask.writer.key}: ${whose} (overwrite: own)`
  throw new Refusal('ACCESS_DENIED', message, { wireMessage: 'This file is of another device' })
}

/** The record as it is after an upload. */
export function nextRecord(
  name: string,
  before: Before,
  upload: {
    readonly bytes: number
    readonly nowMs: number
    readonly rules: UploadRules
    readonly writer: Writer
  },
): UploadRecord {
  const { bytes, nowMs, rules, writer } = upload
  const { record } = before
  const version: StoredVersion = {
    number: record === undefined ? 1 : latestOf(record).number + 1,
    bytes,
    at: new Date(nowMs).toISOString(),
    writer: writer.key,
    address: writer.address,
    ...(writer.device === undefined ? {} : { device: writer.device }),
  }
  const next = {
    name,
    owner: record?.owner ?? writer.key,
    ...(rules.keepDays === undefined ? {} : { keepDays: rules.keepDays }),
    versions: [...(record?.versions ?? []), version],
  }
  return pruned(next, { versionsMax: versionsMaxOf(rules), nowMs })
}

function versionsMaxOf({ overwrite, versionsMax }: UploadRules): number {
  return versionsMax ?? (overwrite === 'version' ? VERSIONS : 1)
}

/** A record that is to be in place of another. */
export interface Charge {
  /** Undefined: of none. */
  readonly before: UploadRecord | undefined
  readonly after: UploadRecord
  /** Who makes the change. */
  readonly writer: string
}

/** Why there is no room for a change that is counted already; undefined when there is. */
export function overQuota(
  { before, after, writer }: Charge,
  usage: UsageBook,
  { quotaBytes, quotaFiles, filesMax }: UploadRules,
): Refusal | undefined {
  // What was over its limit before may become less.
  if (before !== undefined && isLess(after, before)) return undefined
  const { bytes, files } = usage.of(writer)
  const counts = [
    { what: `bytes of ${writer}`, count: bytes, most: quotaBytes, key: 'quotaBytes' },
    { what: `files of ${writer}`, count: files, most: quotaFiles, key: 'quotaFiles' },
    { what: 'files', count: usage.files, most: filesMax, key: 'filesMax' },
  ]
  const over = counts.find(({ count, most }) => count > most)
  if (over === undefined) return undefined
  const { what, count, most, key } = over
  const message = `Cannot keep "${after.name}": ${count} ${what} would be kept, at most ${most} are allowed (${key})`
  return new Refusal('STORAGE_FULL', message, { wireMessage: 'The quota is used up' })
}

function isLess(one: UploadRecord, other: UploadRecord): boolean {
  return totalOf(one) <= totalOf(other) && latestOf(one).writer === latestOf(other).writer
}

function totalOf({ versions }: UploadRecord): number {
  return versions.reduce((sum, { bytes }) => sum + bytes, 0)
}
