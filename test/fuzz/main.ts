/**
 * `node test/fuzz/main.ts [TARGET] [--seconds N | --count N] [--seed N]`: throws broken datagrams
 * at the parts that read them. Without a target all of them get their turn, each for as long.
 *
 * What a target cannot bear is printed and written as a golden file to the system's temporary
 * folder; the same seed finds it again. Exit status 1 on a find, 2 when it was asked wrongly.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { formatGoldenLine } from '../../tools/record/golden-file.ts'
import { type CampaignOptions, type CampaignResult, fuzz } from './campaign.ts'
import { goldenCorpus } from './corpus.ts'
import { decoderTarget } from './decoder.ts'
import { endpointTarget } from './endpoint.ts'
import type { FuzzTarget } from './target.ts'
import { programArgs } from '../../tools/program-args.ts'

/** In the order in which they get their turn. */
const targets: readonly FuzzTarget[] = [decoderTarget, endpointTarget]
const secondsDefault = 10

process.exitCode = main()

function main(): number {
  try {
    const { targets, options } = parseCommandLine()
    return targets.map((target) => run(target, options)).includes(false) ? 1 : 0
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

/** @throws {TypeError} When something cannot be read. */
function parseCommandLine(): { targets: readonly FuzzTarget[]; options: CampaignOptions } {
  const { values, positionals } = programArgs(import.meta.filename, {
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      count: { type: 'string' },
      seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    },
  })
  const [name] = positionals
  const chosen = targets.filter((target) => name === undefined || target.name === name)
  if (chosen.length === 0 || positionals.length > 1) {
    const known = targets.map((target) => target.name).join(', ')
    throw new TypeError(`Cannot fuzz "${positionals.join(' ')}": the targets are ${known}`)
  }
  const { seed, seconds = String(secondsDefault), count } = values
  const limit = count ? { count: parseNumber(count) } : { seconds: parseNumber(seconds) }
  return {
    targets: chosen,
    options: { corpus: goldenCorpus(), seed: parseNumber(seed), ...limit },
  }
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
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new TypeError(`Cannot fuzz with "${text}": a whole number from 0 is expected`)
}
