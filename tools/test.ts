/**
 * `npm test [-- paths] [-t pattern] [--root folder]`: every test, or those of the given files and
 * folders.
 *
 * Ends with the counts of Node's own summary. Exit status 1 when a test fails, when there is none,
 * and, with TRIVET_REQUIRE_CLIENTS=1, when one is left out: what a machine lacks must not look
 * like success.
 */
import { existsSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

import { compactReport } from './compact-report.ts'
import { listFiles } from './source-tree.ts'
import { programArgs } from './program-args.ts'

const concurrentFiles = 2
/** A file that hangs fails after this. Real clients may need a minute each until they give up. */
const fileMsMax = 300_000

const { values, positionals } = programArgs(import.meta.filename, {
  allowPositionals: true,
  options: {
    name: { type: 'string', multiple: true, short: 't', default: [] },
    root: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
})
const root = resolve(values.root)
process.exitCode = await runTests(positionals, values.name)

async function runTests(paths: readonly string[], names: readonly string[]): Promise<number> {
  const tests = listFiles(root, (file) => /^(src|test)\/.*\.test\.ts$/.test(file))
  const files = paths.length === 0 ? tests : paths.flatMap((path) => chosen(path, tests))
  if (files.length === 0) return fail(`Cannot test: no test file in "${paths.join('", "')}"`)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const events = run({
    cwd: root,
    files: [...new Set(files)].map((file) => resolve(root, file)),
    concurrency: concurrentFiles,
    timeout: fileMsMax,
    signal: stop.signal,
    ...(names.length > 0 && { testNamePatterns: [...names] }),
  })
  let isSuccess = false
  let leftOut = 0
  events.on('test:pass', ({ skip }) => {
    if (skip !== undefined) leftOut += 1
  })
  events.on('test:summary', ({ file, success }) => {
    if (file === undefined) isSuccess = success
  })
  const report = process.stdout.isTTY ? events.compose(spec) : events.compose(compactReport)
  report.pipe(process.stdout, { end: false })
  await finished(report, { writable: false })
  if (!isSuccess || stop.signal.aborted) return 1
  if (leftOut > 0 && process.env['TRIVET_REQUIRE_CLIENTS'] === '1') {
    return fail(`Left out: ${leftOut} tests, and TRIVET_REQUIRE_CLIENTS=1 allows none`)
  }
  return 0
}

/** Test files that a path means: itself, or those under it. */
function chosen(path: string, tests: readonly string[]): string[] {
  const wanted = relative(root, resolve(path)).split(sep).join('/')
  if (!existsSync(resolve(path))) process.stderr.write(`No such file or folder: ${path}\n`)
  return tests.filter((file) => file === wanted || file.startsWith(`${wanted}/`) || wanted === '')
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`)
  return 1
}
