import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ClientProfile, OptionLine, Rhythm } from './client-profile.ts'
import { clientProfiles } from './client-profiles.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/holds.md'), 'utf8')

/** The rows of the table that is headed so. */
function rowsBelow(heading: string): string[] {
  const [, after = ''] = page.split(`\n${heading}\n`)
  const [table = ''] = after.split('\n\n')
  return table.split('\n').slice(1)
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}

function formatLine(line: OptionLine): string {
  const parts = line.map(({ name, value, isOptional = false }) => {
    const option = value === undefined ? name : `${name}=${value}`
    return isOptional ? `[${option}]` : option
  })
  return parts.length === 0 ? 'none' : `\`${parts.join(' ')}\``
}

function formatRhythm(rhythm: Rhythm): string {
  switch (rhythm.kind) {
    case 'never':
      return 'never'
    case 'unknown':
      return 'not known'
    case 'moments': {
      const first = rhythm.repeatsMs.slice(0, 4).map((atMs) => String(atMs / 1000))
      return `${first.join(', ')} … s, ${rhythm.repeatsMs.length} times`
    }
    case 'periodic': {
      const { periodMsMin, periodMsMax, repeatsMax } = rhythm
      return `every ${periodMsMin / 1000} to ${periodMsMax / 1000} s, ${repeatsMax} times`
    }
  }
}

function formatOack({ holdOackMs, tsize, repeatedOack, oackMsMax }: ClientProfile): string {
  if (holdOackMs === undefined) return 'no'
  const condition = tsize === 'needed' ? ', if the size is known' : ''
  const limit =
    repeatedOack === 'keeps' ? 'no end' : oackMsMax === undefined ? 'once' : seconds(oackMsMax)
  return `at ${seconds(holdOackMs)}${condition}: ${limit}`
}

test('docs/holds.md has the table of client profiles as the server knows it', () => {
  const rows = clientProfiles.map((profile) => {
    const lines = profile.optionLines.map(formatLine)
    const cells = [
      `\`${profile.name}\``,
      profile.title,
      lines.length === 0 ? 'by configuration' : lines.join(' or '),
      formatRhythm(profile.rhythm),
      seconds(profile.silenceMsMax),
      formatOack(profile),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const heading = '| profile | client | options | asks again | waits in silence | hold OACK |'
  assert.deepEqual(rowsBelow(heading), rows)
})

test('docs/holds.md says where each profile is from, and what to know of it', () => {
  const rows = clientProfiles.map(({ name, source, note }) => {
    return `| \`${name}\` | ${source} | ${note ?? ''} |`.replace('|  |', '| |')
  })
  assert.deepEqual(rowsBelow('| profile | known from | note |'), rows)
})
