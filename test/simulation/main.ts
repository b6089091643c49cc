/**
 * `node test/simulation/main.ts [--seed N | --seeds N [--from N] | --minutes N]`: whole networks of
 * devices on a virtual clock, with loss, repeats and disorder.
 *
 * A failure prints its seed, which replays it. Exit status 1 on a failure, 2 when asked wrongly.
 */
import { randomInt } from 'node:crypto'
import { drawScenario } from './scenario.ts'
import { simulate } from './simulate.ts'
import { programArgs } from '../../tools/program-args.ts'

process.exitCode = main()

function main(): number {
  try {
    const { values } = programArgs(import.meta.filename, {
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        minutes: { type: 'string' },
      },
    })
    if (values.seed !== undefined) return replay(parseNumber(values.seed))
    if (values.minutes !== undefined) {
      return explore({ from: randomInt(2 ** 31), minutes: parseNumber(values.minutes) })
    }
    return explore({ from: parseNumber(values.from), count: parseNumber(values.seeds ?? '1000') })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

/** Runs one seed and tells what it is about. */
function replay(seed: number): number {
  const { faults, server, clients } = drawScenario(seed)
  const jobs = clients
    .flatMap((client) => client.jobs)
    .map(({ request, bytes, ...rest }) => {
      const options = Object.fromEntries(request.options)
      return { ...rest, kind: request.kind, mode: request.mode, options, bytes: bytes.length }
    })
  process.stdout.write(`${JSON.stringify({ seed, faults, server, jobs }, undefined, 1)}\n`)
  return explore({ from: seed, count: 1 })
}

function explore(plan: { from: number; count?: number; minutes?: number }): number {
  const startedAt = performance.now()
  const { count = Number.POSITIVE_INFINITY, minutes = Number.POSITIVE_INFINITY } = plan
  const sum = { seeds: 0, jobs: 0, done: 0, datagrams: 0, virtualSeconds: 0 }
  while (sum.seeds < count && performance.now() - startedAt < minutes * 60_000) {
    const seed = plan.from + sum.seeds
    try {
      const result = simulate(seed)
      sum.seeds += 1
      sum.jobs += result.jobs
      sum.done += result.done
      sum.datagrams += result.datagrams
      sum.virtualSeconds += result.virtualSeconds
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
      process.stdout.write(`Failed: node test/simulation/main.ts --seed ${seed}\n${reason}\n`)
      return 1
    }
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const hours = Math.round(sum.virtualSeconds / 3600)
  process.stdout.write(
    `${sum.seeds} seeds in ${seconds} s: ${sum.done} of ${sum.jobs} files done, ` +
      `${sum.datagrams} datagrams, ${hours} virtual hours\n`,
  )
  return 0
}

function parseNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new TypeError(`Cannot simulate with "${text}": a whole number from 0 is expected`)
}
