import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestOptions } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

/** The batch transport's addon, built from the source that is there now. */
export interface BuiltAddon {
  readonly path: string
  /** A library that makes sendmmsg fail on demand, for `LD_PRELOAD`. */
  readonly faultyPath: string
  /** Leaves a test out, with the reason, where the addon cannot be built. */
  readonly needsAddon: Pick<TestOptions, 'skip'>
}

/** Builds into a folder that is gone when the process ends; half a second. */
export function buildAddon(): BuiltAddon {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-addon-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const script = join(root, 'tools/build-native.js')
  const line = execFileSync(process.execPath, [script, folder], { encoding: 'utf8' }).trim()
  const name = `trivet-batch-${process.platform}-${process.arch}.node`
  const isBuilt = line.startsWith('Built ')
  return {
    path: join(folder, name),
    faultyPath: isBuilt ? buildFaulty(folder) : '',
    needsAddon: isBuilt ? {} : { skip: line },
  }
}

function buildFaulty(folder: string): string {
  const path = join(folder, 'faulty-sendmmsg.so')
  const source = join(root, 'native/faulty-sendmmsg.c')
  execFileSync(process.env['CC'] ?? 'cc', ['-O1', '-fPIC', '-shared', '-o', path, source, '-ldl'])
  return path
}
