import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Resolver } from '../../src/inventory/resolver.ts'
import { parseInventory } from '../../src/store/text/parse-inventory.ts'

// Goal: docs/coming-from.md is true. Method: each example's inventory is resolved, and every device
// of it compared with the result that the page shows.

const page = readFileSync(new URL('../../docs/coming-from.md', import.meta.url), 'utf8')

const sections = page.split(/^## /m).slice(1)

test('docs/coming-from.md has three systems', () => {
  assert.equal(sections.length, 3)
})

for (const section of sections) {
  const [title = ''] = section.split('\n', 1)
  test(`docs/coming-from.md: ${title} gives what that system documents`, () => {
    const block = (language: string): string =>
      new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(section)?.[1] ?? ''
    const { records, problems } = parseInventory(block('yaml'), title)
    assert.equal(problems, undefined)
    const resolver = new Resolver(records?.classes)
    const expected: unknown = JSON.parse(block('json'))
    const devices = records?.devices ?? []
    assert.notEqual(devices.length, 0)
    for (const device of devices) {
      const resolved = resolver.resolve(device)
      assert.equal(resolved.problem, undefined)
      assert.deepEqual(resolved.values, expected)
    }
  })
}
