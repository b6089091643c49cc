import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: what is installed from the package can build its addon. Method: the package is made and
// unpacked, and finds the packages that it depends on, and no others.

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the package builds its addon with no more than it depends on', async () => {
  await using folder = await temporaryFolder()
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path]
  execFileSync('npm', pack, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  const unpack = ['-xzf', join(folder.path, `trivet-${versionOf(root)}.tgz`), '-C', folder.path]
  execFileSync('tar', unpack)
  const installed = join(folder.path, 'package')
  for (const name of dependenciesOf(installed)) {
    const place = join(installed, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), place)
  }
  const script = join(installed, 'tools/build-native.js')
  const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  assert.match(stdout, /^Built .*\/package\/build\/trivet-batch-\w+-\w+\.node\n$/)
})

function manifestOf(folder: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string
    dependencies: Record<string, string>
  }
}

function versionOf(folder: string): string {
  return manifestOf(folder).version
}

function dependenciesOf(folder: string): readonly string[] {
  return Object.keys(manifestOf(folder).dependencies)
}
