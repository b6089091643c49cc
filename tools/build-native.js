/**
 * Builds the batch transport's addon when the package is installed.
 *
 * Everything works without it, only more slowly: so whatever goes wrong is told in one line, and
 * the installation goes on. Plain JavaScript, because it runs in folders of installed packages, where
 * Node takes no TypeScript.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

const COMPILE_MS_MAX = 60_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const name = `trivet-batch-${process.platform}-${process.arch}.node`
const sources = ['batch', 'inbound', 'outbound'].map((part) => join(root, `native/${part}.c`))
const folder = process.argv[2] ?? join(root, 'build')

process.stdout.write(`${build()}\n`)

/** @returns {string} What became of it. */
function build() {
  if (process.platform !== 'linux') return left('it is for Linux')
  const headers = headersFolder()
  if (headers === undefined) return left('the package node-api-headers is not installed')
  const target = join(folder, name)
  // Beside the target and then renamed: a server that runs keeps the addon it has loaded.
  const fresh = `${target}.${process.pid}`
  const compiler = process.env['CC'] || 'cc'
  try {
    mkdirSync(folder, { recursive: true })
    const problem = compile(compiler, [...flags(headers), '-o', fresh, ...sources])
    if (problem !== undefined) return left(problem)
    renameSync(fresh, target)
    return `Built ${target}`
  } catch (error) {
    return left(String(error))
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** @param {string} headers */
function flags(headers) {
  return ['-std=gnu11', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wall', '-Wextra', '-I', headers]
}

/**
 * @param {string} compiler
 * @param {readonly string[]} options
 * @returns {string | undefined} What went wrong.
 */
function compile(compiler, options) {
  const { error, status, stderr } = spawnSync(compiler, options, {
    encoding: 'utf8',
    timeout: COMPILE_MS_MAX,
  })
  if (error !== undefined) return `${compiler} cannot be run (${error.message})`
  if (status === 0) return undefined
  const line = stderr.split('\n').find((text) => /error/i.test(text)) ?? `it ended with ${status}`
  return `${compiler} failed: ${line.trim()}`
}

function headersFolder() {
  try {
    const require = createRequire(import.meta.url)
    const include = join(dirname(require.resolve('node-api-headers/package.json')), 'include')
    return existsSync(join(include, 'node_api.h')) ? include : undefined
  } catch {
    return undefined
  }
}

/** @param {string} reason */
function left(reason) {
  return `Batch transport not built, node:dgram is used: ${reason}`
}
