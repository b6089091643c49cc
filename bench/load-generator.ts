import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RunningServer } from './server-process.ts'

/** What the load generator reports of one run. */
export interface LoadResult {
  readonly done: number
  readonly failed: number
  readonly seconds: number
  readonly per_second: number
  readonly mb_per_second: number
  readonly complete_ms: readonly number[]
  readonly rrqs_per_transfer: number
  readonly server_us: number
  readonly server_cpu: number
  readonly retransmits: number
}

export type Load = (server: RunningServer, args: readonly string[]) => Promise<LoadResult>

const run = promisify(execFile)

/** Compiles the load generator into a folder. @returns How to run it, on the last core. */
export function loadGenerator(folder: string): Load {
  const program = join(folder, 'tftpload')
  const source = join(import.meta.dirname, 'load/tftpload.c')
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { stdio: 'inherit' })
  return async ({ host, port, pid }, args) => {
    const where = ['-H', host, '-p', String(port), '-P', String(pid), '-j']
    const all = ['-c', '1', program, ...where, ...args]
    // Failed transfers are part of the result, and the exit status tells of them.
    const { stdout } = await run('taskset', all).catch((error: { stdout?: string }) => {
      if (error.stdout) return { stdout: error.stdout }
      throw error
    })
    return JSON.parse(stdout) as LoadResult
  }
}
