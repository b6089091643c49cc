import type { FileImpact, FileImpacts } from '../server/file-impact.ts'
import type { Impact } from '../store/live-inventory.ts'
import type { Edit } from '../store/store.ts'
import { keyOf } from './value-rows.ts'

/** Devices whose values are told one by one. */
const DEVICES_TOLD = 20

const words: Readonly<Record<FileImpact['kind'], string>> = {
  changes: 'changes',
  varies: 'differs each time it is made, with or without the change',
  breaks: 'cannot be made any more',
  appears: 'can be made then',
}

/** What a change would do, for people. */
export function describeImpact(impact: {
  readonly edits: readonly Edit[]
  readonly devices: readonly Impact[]
  readonly files: FileImpacts
}): string {
  const { edits, devices, files } = impact
  const changing = files.files.filter(({ kind }) => kind !== 'varies').length
  const lines = [
    `${edits.length} records change, the values of ${devices.length} devices,`,
    `and ${changing} of ${files.compared} known files.`,
  ]
  if (files.left > 0) lines.push(`${files.left} known files were not compared: --files-max`)
  for (const { device, changes } of devices.slice(0, DEVICES_TOLD)) {
    const keys = changes.map(({ path }) => keyOf(path)).join(', ')
    lines.push(`  ${device}: ${keys}`)
  }
  if (devices.length > DEVICES_TOLD) lines.push(`  … and ${devices.length - DEVICES_TOLD} more`)
  for (const file of files.files) lines.push('', ...describeFile(file))
  return lines.join('\n')
}

function describeFile({ device, path, kind, after, diff }: FileImpact): string[] {
  const head = `${device} ${path} ${words[kind]}`
  if (kind === 'breaks' && after.kind === 'refused') return [`${head}: ${after.message}`]
  return diff === undefined || kind === 'varies' ? [head] : [head, diff.trimEnd()]
}
