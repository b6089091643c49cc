import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { listFiles } from '../../tools/source-tree.ts'

// Goal: every program of a developer's day explains itself. Method: all that take arguments are run
// with --help, and with an option that they do not have.

const root = resolve(import.meta.dirname, '../..')
const programs = listFiles(root, (file) =>
  /^(bench|test|tools)\/.*(?<!\.test)\.ts$/.test(file),
).filter((file) => readFileSync(join(root, file), 'utf8').includes('programArgs(import.meta'))

test('there are programs', () => {
  assert.ok(programs.length >= 10)
})

for (const program of programs) {
  test(`${program} explains itself`, () => {
    const run = (argument: string): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [join(root, program), argument], { encoding: 'utf8' })
    const help = run('--help')
    assert.deepEqual([help.status, help.stderr], [0, ''])
    assert.match(String(help.stdout), /^(?:.+\n|\n)*.*(?:node|npm) .*--\w+/)
    const mistake = run('--no-such-option')
    assert.deepEqual([mistake.status, mistake.stdout], [2, ''])
    assert.match(
      String(mistake.stderr),
      /^Unknown option '--no-such-option'.*\n\(--help explains it\)\n$/,
    )
  })
}
