#!/usr/bin/env node
// Plain JavaScript that old releases of Node can read, so that they can say what is wrong.
import { existsSync } from 'fs'
import { fileURLToPath } from 'url'

const LEAST_MAJOR = 24

const built = new URL('../dist/cli/main.js', import.meta.url)
const source = new URL('../src/cli/main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) < LEAST_MAJOR) {
  process.stderr.write(
    `Cannot start Trivet: it needs Node ${LEAST_MAJOR} or newer, this is ${process.version}\n`,
  )
  process.exitCode = 1
} else {
  const main = existsSync(fileURLToPath(built)) ? built : source
  import(main.href)
}
