import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

import { findLayerFaults } from './check-layers.ts'
import { formatFinding } from './finding.ts'
import { tidyRules } from './tidy/rules.ts'

/** One thing that `npm run check` looks at. */
export interface CheckStep {
  readonly name: string
  /** Resolves with what is wrong, undefined when nothing is. */
  readonly check: (root: string) => Promise<string | undefined>
}

const tools = resolve(import.meta.dirname, '../node_modules/.bin')
/** A tool that hangs is ended after this. */
const toolMsMax = 300_000

/** In the order in which they are shown; none needs another. */
export const checkSteps: readonly CheckStep[] = [
  { name: 'format', check: (root) => tool(root, ['biome', 'format']) },
  { name: 'lint', check: lint },
  { name: 'layers', check: layers },
  { name: 'types', check: (root) => tool(root, ['tsc', '--noEmit']) },
  { name: 'tidy', check: tidy },
  { name: 'unused', check: (root) => tool(root, ['knip', '--no-progress']) },
  { name: 'tests', check: (root) => tool(root, ['node', 'tools/test.ts', ...fastTests]) },
]

/** Those that need neither a real client nor a server process. */
const fastTests = ['src', 'test/golden', 'test/tidy']

function lint(root: string): Promise<string | undefined> {
  const folders = ['src', 'test', 'tools', 'bench', 'examples'].filter((folder) =>
    existsSync(join(root, folder)),
  )
  return tool(root, ['oxlint', '--type-aware', '--deny-warnings', ...folders])
}

async function tidy(root: string): Promise<string | undefined> {
  const found: string[] = []
  for (const { claim, find } of tidyRules) {
    try {
      found.push(...(await find(root)).map(formatFinding))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      found.push(`Cannot check "${claim}": ${reason}`)
    }
  }
  return found.length === 0 ? undefined : found.join('\n')
}

async function layers(root: string): Promise<string | undefined> {
  const findings = findLayerFaults(root)
  return findings.length === 0 ? undefined : findings.map(formatFinding).join('\n')
}

/** Runs a tool of this checkout in `root`. */
async function tool(root: string, command: readonly string[]): Promise<string | undefined> {
  const [name = '', ...args] = command
  const child = spawn(join(tools, name), args, {
    cwd: root,
    // A check inside a test must not believe that it is a test.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: toolMsMax,
  })
  const ended = new Promise<number | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', done)
  })
  const [output, errors, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ])
  return status === 0 ? undefined : `${output}${errors}` || `${name} ended with status ${status}`
}
