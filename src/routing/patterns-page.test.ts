import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parameterTypes } from './parameter-types.ts'
import { compilePattern } from './pattern.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/patterns.md'), 'utf8')

/** The code in each cell of the rows of a table. */
function rowsBelow(heading: string): string[][] {
  const [, rows = ''] = page.split(`| ${heading} |`)
  const [table = ''] = rows.split('\n\n')
  return table
    .split('\n')
    .slice(2)
    .map((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
}

test('docs/patterns.md has a row for each type, and its examples are true', () => {
  const rows = rowsBelow('parameter | takes | example | found')
  const named = rows.map(([parameter = '']) => parameter.replaceAll(/[{}.]/g, ''))
  assert.deepEqual(named, Object.keys(parameterTypes))
  for (const [parameter = '', example = '', found = ''] of rows) {
    const params = compilePattern(`/x/${parameter}`).match(`/x/${example}`)
    assert.deepEqual(Object.values(params ?? {}), [found], parameter)
  }
})

test('docs/patterns.md says what its patterns take and what not', () => {
  const rows = rowsBelow('pattern | takes | not')
  assert.equal(rows.length, 7)
  for (const [source = '', takes = '', not = ''] of rows) {
    const pattern = compilePattern(source)
    assert.notEqual(pattern.match(takes), undefined, `${source} takes ${takes}`)
    assert.equal(pattern.match(not), undefined, `${source} does not take ${not}`)
  }
})
