/**
 * `npm run check`: all that can be said about the tree without a network. One line for each step; a
 * step that fails shows what its tool said.
 *
 *     node tools/check.ts [--only format,lint] [--root FOLDER] [--json]
 */
import { resolve } from 'node:path'
import pLimit from 'p-limit'

import { type CheckStep, checkSteps } from './check-steps.ts'
import { programArgs } from './program-args.ts'

/** More would only make the steps wait for each other on a small machine. */
const concurrentSteps = 2

const { values } = programArgs(import.meta.filename, {
  options: {
    only: { type: 'string' },
    root: { type: 'string', default: resolve(import.meta.dirname, '..') },
    json: { type: 'boolean', default: false },
  },
})
process.exitCode = await check(chosen(values.only), resolve(values.root))

/** What a step came to. */
interface StepResult {
  readonly step: string
  readonly ok: boolean
  readonly seconds: number
  /** What its tool said; empty when all is well. */
  readonly output: string
}

async function check(steps: readonly CheckStep[], root: string): Promise<number> {
  const limit = pLimit(concurrentSteps)
  const running = steps.map((step) => limit(() => run(step, root)))
  const results: StepResult[] = []
  for (const result of running) results.push(show(await result))
  const failed = results.filter(({ ok }) => !ok).map(({ step }) => step)
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ ok: failed.length === 0, steps: results }, null, 2)}\n`,
    )
  } else if (failed.length > 0) {
    process.stdout.write(`Failed: ${failed.join(', ')} (${failed.length} of ${steps.length})\n`)
  } else {
    process.stdout.write(`All ${steps.length} steps passed\n`)
  }
  return failed.length === 0 ? 0 : 1
}

async function run({ name, check: runStep }: CheckStep, root: string): Promise<StepResult> {
  const startedAt = performance.now()
  const output = await runStep(root).then(
    (text) => text,
    (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { step: name, ok: output === undefined, seconds, output: output ?? '' }
}

function show(result: StepResult): StepResult {
  if (values.json) return result
  const { step, ok, seconds, output } = result
  const verdict = ok ? 'ok' : 'FAILED'
  process.stdout.write(`${step.padEnd(8)}${`${seconds.toFixed(1)} s`.padStart(7)}  ${verdict}\n`)
  if (!ok) process.stdout.write(`${output.trimEnd()}\n\n`)
  return result
}

function chosen(only: string | undefined): readonly CheckStep[] {
  if (only === undefined) return checkSteps
  const names = only.split(',')
  const unknown = names.find((name) => !checkSteps.some((step) => step.name === name))
  if (unknown === undefined) return checkSteps.filter(({ name }) => names.includes(name))
  const known = checkSteps.map(({ name }) => name).join(', ')
  process.stderr.write(`Cannot check "${unknown}": the steps are ${known}\n`)
  process.exit(2)
}
