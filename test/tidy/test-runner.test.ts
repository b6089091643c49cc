import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { plantTree, root, runTool, type ToolResult } from './planted-tree.ts'

// Goal: `npm test` cannot look like success when it was none. Method: the command on trees of one
// file.

const head = "import { describe, test } from 'node:test'\n"

async function runTests(
  text: string,
  environment: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): Promise<ToolResult> {
  await using tree = await plantTree({ 'test/planted.test.ts': head + text })
  const runner = join(root, 'tools/test.ts')
  return await runTool([runner, '--root', tree.path, ...args], environment)
}

const required = { TRIVET_REQUIRE_CLIENTS: '1' }
const optional = { TRIVET_REQUIRE_CLIENTS: '' }

test('npm test counts what passed', async () => {
  const { status, output } = await runTests("test('a', () => {})\ntest('b', () => {})\n")
  assert.equal(status, 0, output)
  assert.match(output, /^ℹ tests 2$/m)
  assert.match(output, /^ℹ pass 2$/m)
  assert.match(output, /^ℹ fail 0$/m)
})

test('npm test fails with a test, and says which, where and why', async () => {
  const text =
    "describe('outer', () => {\n  test('a', () => {\n    throw new Error('why')\n  })\n})\n"
  const { status, output } = await runTests(text)
  assert.equal(status, 1, output)
  assert.match(output, /^✖ outer › a \(.*planted\.test\.ts:3\)\n {2}Error: why$/m)
  assert.match(output, /^ℹ fail 1$/m)
})

test('npm test fails with a file that does not load', async () => {
  const { status, output } = await runTests("import './nowhere.ts'\ntest('a', () => {})\n")
  assert.equal(status, 1, output)
  assert.match(output, /nowhere\.ts/)
})

test('npm test leaves out what a machine lacks, unless nothing may be lacking', async () => {
  const text = "test('a', { skip: 'atftp is not installed' }, () => {})\n"
  const lenient = await runTests(text, optional)
  assert.equal(lenient.status, 0, lenient.output)
  assert.match(lenient.output, /^﹣ a \(atftp is not installed\)$/m)
  const strict = await runTests(text, required)
  assert.equal(strict.status, 1, strict.output)
  assert.match(strict.output, /Left out: 1 tests, and TRIVET_REQUIRE_CLIENTS=1 allows none/)
})

test('npm test sees a suite that is left out', async () => {
  const text = "describe('a', { skip: 'no client' }, () => {\n  test('b', () => {})\n})\n"
  const { status, output } = await runTests(text, required)
  assert.equal(status, 1, output)
})

test('npm test refuses a path without tests', async () => {
  const { status, output } = await runTests("test('a', () => {})\n", {}, 'src/nowhere')
  assert.equal(status, 1, output)
  assert.match(output, /Cannot test: no test file in "src\/nowhere"/)
})
