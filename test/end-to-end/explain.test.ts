import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: explain names the origin of every value in a file. Method: the page's own commands, and
// what they print is compared with the page, a diamond with $append and a beaten value.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const page = readFileSync(new URL('../../docs/explain.md', import.meta.url), 'utf8')

function block(language: string): string {
  const [, found] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page) ?? []
  return found ?? assert.fail(`the page has a block of ${language}`)
}

test('docs/explain.md shows what explain prints', async () => {
  await using site = await writtenFolder({
    'trivet.yaml': 'routes:\n  - match: /SEP{mac}.cnf.xml\n    template: phone.xml.j2\n',
    'phone.xml.j2': block('jinja'),
  })
  let printed = ''
  for (const line of block('console').trim().split('\n')) {
    const words = (line.match(/(?:'[^']*'|\S)+/g) ?? []).map((word) => word.replaceAll("'", ''))
    const args = [MAIN, ...words.slice(1)]
    printed = execFileSync(process.execPath, args, { cwd: site.path, encoding: 'utf8' })
  }
  assert.equal(printed, block('text'))
})
