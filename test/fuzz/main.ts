/**
 * `node test/fuzz/main.ts [TARGET] [--seconds N | --count N] [--seed N]`: throws broken datagrams at
 * the parts that read them. Without a target all of them get their turn, each as long as is said.
 *
 * What a target cannot bear is printed and written as a golden file to the system's temporary folder;
 * the same seed finds it again. Exit status 1 on a find, 2 when it was asked wrongly.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { formatGoldenLine } from '../../tools/record/golden-file.ts'
import { type CampaignOptions, type CampaignResult, fuzz } from './campaign.ts'
import { goldenCorpus } from './corpus.ts'
import { decoderTarget } from './decoder.ts'
import type { FuzzTarget } from './target.ts'

const targets: readonly FuzzTarget[] = [decoderTarget]
const secondsDefault = 10

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
process.exitCode = main(positionals)

function main([name, ...rest]: readonly string[]): number {
  const chosen = targets.filter((target) => name === undefined || target.name === name)
  if (chosen.length === 0 || rest.length > 0) {
    const known = targets.map((target) => target.name).join(', ')
    return refuse(`Cannot fuzz "${[name, ...rest].join(' ')}": the targets are ${known}`)
  }
  const seed = parseNumber(values.seed)
  const count = values.count === undefined ? undefined : parseNumber(values.count)
  const seconds = values.seconds === undefined ? secondsDefault : parseNumber(values.seconds)
  if ([seed, seconds, count ?? 0].some(Number.isNaN)) {
    return refuse('Cannot fuzz: --seed, --seconds and --count take whole numbers from 0')
  }
  const limit = count === undefined ? { seconds } : { count }
  const options = { corpus: goldenCorpus(), seed, ...limit }
  return chosen.map((target) => run(target, options)).includes(false) ? 1 : 0
}

/** True when nothing was found. */
function run(target: FuzzTarget, options: CampaignOptions): boolean {
  process.stdout.write(`${target.name}: seed ${options.seed}\n`)
  const result = fuzz(target, options)
  const rate = Math.round(result.count / Math.max(result.seconds, 0.001))
  const time = result.seconds.toFixed(1)
  process.stdout.write(`${target.name}: ${result.count} datagrams in ${time} s, ${rate}/s\n`)
  if (!result.find) return true
  report(target, options.seed, result.count, result.find)
  return false
}

function report(
  { name }: FuzzTarget,
  seed: number,
  count: number,
  { datagram, error }: NonNullable<CampaignResult['find']>,
): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const path = join(tmpdir(), `trivet-fuzz-${name}-${seed}-${count}.hex`)
  const line = formatGoldenLine({ bytes: datagram })
  writeFileSync(
    path,
    `# Found by: node test/fuzz/main.ts ${name} --seed ${seed} --count ${count}\n${line}\n`,
  )
  process.stdout.write(`${name} fails at datagram ${count}, kept in ${path}:\n${line}\n${reason}\n`)
}

function parseNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`)
  return 2
}
