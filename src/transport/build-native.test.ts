import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const script = resolve(import.meta.dirname, '../../tools/build-native.js')

for (const [what, compiler] of [
  ['there is no compiler', '/nowhere/cc'],
  ['the compiler fails', '/bin/false'],
] as const) {
  test(`build-native tells in one line that ${what}, and succeeds`, async () => {
    await using folder = await temporaryFolder()
    const env = { ...process.env, CC: compiler }
    const running = promisify(execFile)(process.execPath, [script, folder.path], { env })
    const { stdout, stderr } = await running
    assert.match(stdout, /^Batch transport not built, node:dgram is used: .+\n$/)
    assert.equal(stderr, '')
    assert.deepEqual(await readdir(folder.path), [])
  })
}
