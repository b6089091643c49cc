import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './script-site.ts'

const SBIN = '/usr/sbin'

/** PHP-FPM with one pool, listening at `fpm.sock` of a folder. Stopped after `await using`. */
export type PhpFpm = AsyncDisposable

/** The newest that is installed, as Debian names it; undefined: none is. */
export function phpFpmProgram(): string | undefined {
  const name = readdirSync(SBIN)
    .filter((file) => /^php-fpm\d/.test(file))
    .toSorted()
    .at(-1)
  return name === undefined ? undefined : join(SBIN, name)
}

/** Starts it, with few workers that end after some requests, as in production. */
export async function startPhpFpm(folder: string): Promise<PhpFpm> {
  const isRoot = process.getuid?.() === 0
  const config = `
[global]
daemonize = no
error_log = ${folder}/fpm.log
[test]
${isRoot ? 'user = nobody\ngroup = nogroup\nlisten.mode = 0666' : ''}
listen = ${folder}/fpm.sock
pm = static
pm.max_children = 3
pm.max_requests = 3
`
  await writeFile(join(folder, 'fpm.conf'), config)
  const options = ['--nodaemonize', '--fpm-config', join(folder, 'fpm.conf')]
  const child = spawn(phpFpmProgram() ?? '', options, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  await until(async () => {
    assert.equal(child.exitCode, null, output)
    return stat(join(folder, 'fpm.sock')).catch(() => undefined)
  })
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
