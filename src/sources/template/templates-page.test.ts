import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { createTemplateEngine } from './engine.ts'
import { filterRows } from './filters.ts'
import { TemplateTree } from './tree.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/templates.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'trivet-templates-page-'))
after(() => rmSync(folder, { recursive: true }))

/** Cells of a row, with the bars that are part of code put back. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

test('docs/templates.md has a row for each filter, and they are true', () => {
  const rows = filterRows.map(({ name, meaning, examples }) => {
    const [expression = '', output = ''] = examples[0] ?? []
    return row([`\`${name}\``, meaning, `\`{{ ${expression} }}\``, `\`${output}\``])
  })
  const table = /(?<=\| filter \|[^\n]*\n\|[^\n]*\n)(?:\|[^\n]*\n)+/.exec(page)?.[0] ?? ''
  assert.deepEqual(table.trim().split('\n'), rows)
})

test('docs/templates.md has examples that give what it says', () => {
  for (const [, template = ''] of page.matchAll(/^```jinja\n([^]*?)^```$/gm)) {
    const name = /^\{# (.*) #\}\n/.exec(template)?.[1]
    assert.ok(name, 'a template of the page begins with its name')
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), template)
  }
  const configuration = parse(/^```yaml\n([^]*?)^```$/m.exec(page)?.[1] ?? '') as { values: object }
  const globals = { site: configuration.values }
  const engine = createTemplateEngine({ root: folder, globals, functionNames: [] })
  const tree = new TemplateTree({ folder, warn: assert.fail })
  const render = (path: string): string => {
    const match = tree.find(path.slice(1))
    assert.ok(match, path)
    const context = { params: match.params }
    return engine.render({ file: match.file, context, functions: {}, fuel: 10_000 }).text
  }
  const claims = [...page.matchAll(/^`(\S+)` (gives|fails):\n\n```text\n([^]*?)^```$/gm)]
  assert.equal(claims.length, 2)
  for (const [, path = '', verb, text = ''] of claims) {
    if (verb === 'gives') assert.equal(render(path), text)
    else assert.throws(() => render(path), { message: text.trimEnd() })
  }
})
