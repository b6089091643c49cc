import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { copyCheckout, plant, root, runTool, type ToolResult } from './planted-tree.ts'

// Goal: `npm run check` sees what it exists for. Method: a copy of this checkout, one fault at a
// time, and the command that people and machines run. A checker that reads nothing would pass in
// silence.

let copy: TemporaryFolder

before(async () => {
  copy = await copyCheckout()
})

after(() => copy[Symbol.asyncDispose]())

function check(steps: string): Promise<ToolResult> {
  return runTool([join(root, 'tools/check.ts'), '--only', steps, '--root', copy.path])
}

interface Fault {
  readonly name: string
  /** The steps that must fail, each by itself. */
  readonly steps: string
  readonly file: string
  /** The file with the fault, made from what it was; an empty text if there was none. */
  readonly text: (before: string) => string
  /** What the report says besides the file's name. */
  readonly says: RegExp
}

const promise = ['TO', 'DO'].join('')

const faults: readonly Fault[] = [
  {
    name: 'an import that points upward',
    steps: 'layers',
    file: 'src/protocol/tftp/planted.ts',
    text: () => "export type { StaticOptions } from '../../sources/static/options.ts'\n",
    says: /planted\.ts:1 protocol\/tftp may not import sources\/static/,
  },
  {
    name: 'a clock in a pure folder',
    steps: 'lint',
    file: 'src/base/planted.ts',
    text: () => 'export const now = (): number => Date.now()\n',
    says: /Pure folders take time as an argument/,
  },
  {
    name: 'a timer in a pure folder',
    steps: 'lint',
    file: 'src/routing/planted.ts',
    text: () => 'export const later = (done: () => void): unknown => setTimeout(done, 1)\n',
    says: /Pure folders have no timers/,
  },
  {
    name: 'a promise that nobody waits for',
    steps: 'lint',
    file: 'src/observe/planted.ts',
    text: () => 'export function go(work: () => Promise<void>): void {\n  work()\n}\n',
    says: /no-floating-promises/,
  },
  {
    name: 'a file of 401 lines',
    steps: 'lint,tidy',
    file: 'src/observe/planted.ts',
    text: () => 'export {}\n'.repeat(401),
    says: /planted\.ts:401 has 401 lines/,
  },
  {
    name: 'an undocumented option',
    steps: 'tidy',
    file: 'src/sources/static/options.ts',
    text: (text) => text.replace('ignoreCase:', 'plantedOption: z.string().optional(),\n    $&'),
    says: /options\.ts:\d+ has an option "plantedOption" that no document names/,
  },
  {
    name: 'a refusal that the table of errors lacks',
    steps: 'tidy',
    file: 'docs/errors.md',
    text: (text) => text.replace(/^\| `BUSY` .*\n/m, ''),
    says: /errors\.md:1 has no row for BUSY/,
  },
  {
    name: 'work put off',
    steps: 'lint,tidy',
    file: 'src/observe/planted.ts',
    text: () => `// ${promise}: write this\nexport const planted = 1\n`,
    says: new RegExp(`planted\\.ts:1 mentions "${promise}"`),
  },
]

test('check passes a copy of this checkout', async () => {
  const { status, output } = await check('layers,lint,tidy')
  assert.equal(status, 0, output)
})

for (const { name, steps, file, text, says } of faults) {
  test(`check --only ${steps} fails on ${name} and names the file`, async () => {
    const path = join(copy.path, file)
    const before = await readFile(path, 'utf8').catch(() => '')
    await plant(copy, file, text(before))
    const { status, output } = await check(steps)
    await plant(copy, file, before === '' ? 'export {}\n' : before)
    assert.equal(status, 1, output)
    for (const step of steps.split(',')) assert.match(output, new RegExp(`^${step} .*FAILED`, 'm'))
    assert.ok(output.includes(file), output)
    assert.match(output, says)
  })
}
