import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadSite } from '../../src/config/load.ts'
import { findKit, kitNames } from '../../src/kits/find-kit.ts'
import type { Kit } from '../../src/kits/read-kit.ts'
import { compilePattern } from '../../src/routing/pattern.ts'
import { startKits } from './started-kits.ts'

// Goal: what `trivet init` writes serves each kind of device as its kit says, whatever other kits
// are there. Method: the walks of all kits, replayed against the real server by the client that
// `trivet kit walk` uses, with stand-ins for the files that users bring along.

const kits: readonly Kit[] = await Promise.all((await kitNames()).map(findKit))

function page(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
}

/** One space for each run of spaces and line ends: sentences may be wrapped. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

test('kitNames finds kits', () => {
  assert.ok(kits.length >= 7, `only ${kits.length}`)
})

test('all kits together: every walk gets what its kit says', async () => {
  await using started = await startKits(kits)
  const { warnings } = await loadSite(started.folder)
  assert.deepEqual(warnings, [])
  for (const kit of kits) assert.deepEqual(await started.walk(kit), [])
})

for (const kit of kits) {
  test(`${kit.name} alone: every walk gets what the kit says`, async () => {
    await using started = await startKits([kit])
    const { warnings } = await loadSite(started.folder)
    assert.deepEqual(warnings, [])
    assert.deepEqual(await started.walk(kit), [])
  })

  test(`docs/kits/${kit.name}.md names what is asked, in order, and what is not verified`, () => {
    const text = flat(page(`kits/${kit.name}.md`))
    for (const { name, steps } of kit.content.walks) {
      let at = 0
      for (const { ask, put } of steps) {
        const asked = (ask ?? put ?? '').replace(/^\//, '')
        const found = text.indexOf(asked, at)
        assert.ok(found >= 0, `"${asked}" of the walk "${name}" is not there, or not in order`)
        at = found
      }
    }
    for (const sentence of kit.content.notVerified) {
      assert.ok(text.includes(flat(sentence)), `"${sentence}" is not there`)
    }
    for (const one of kit.content.youSupply) {
      const path = one.slice(0, one.indexOf(':'))
      assert.ok(text.includes(path), `"${path}" is not there`)
    }
    const { classes } = kit.inventory
    for (const { name } of classes) assert.ok(text.includes(name), `class ${name} is not there`)
  })

  test(`${kit.name}: what it expects to be missing are patterns`, () => {
    for (const pattern of kit.content.expectedMisses) compilePattern(pattern)
  })

  test(`docs/kits.md leads to ${kit.name}`, () => {
    assert.ok(page('kits.md').includes(`](kits/${kit.name}.md)`))
  })
}
