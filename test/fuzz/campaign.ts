import type { Corpus } from './corpus.ts'
import { Mutator } from './mutate.ts'
import type { FuzzTarget } from './target.ts'

/** How long a campaign goes on; whichever limit comes first. */
export interface CampaignOptions {
  readonly corpus: Corpus
  /** Decides every datagram. */
  readonly seed: number
  /** Datagrams at most. Default: no limit. */
  readonly count?: number
  /** Seconds at most. Default: no limit. */
  readonly seconds?: number
}

/** How a campaign went. */
export interface CampaignResult {
  /** Datagrams run, the find included. */
  readonly count: number
  readonly seconds: number
  readonly find?: { readonly datagram: Uint8Array; readonly error: unknown }
}

/** Datagrams between two looks at the clock. */
const BATCH = 1024

/**
 * Runs a target until it fails or a limit is reached.
 *
 * Most datagrams end in a refusal, and stacks of refusals would be most of the work: they are left
 * out, and a find is run once more for its stack.
 */
export function fuzz(target: FuzzTarget, options: CampaignOptions): CampaignResult {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const { find, ...result } = search(target, options)
    if (!find) return result
    Error.stackTraceLimit = stackTraceLimit
    return { ...result, find: { ...find, error: failureOf(target, find.datagram) ?? find.error } }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function search(target: FuzzTarget, options: CampaignOptions): CampaignResult {
  const { corpus, seed, count: countMax = Infinity, seconds: secondsMax = Infinity } = options
  const mutator = new Mutator(corpus, seed)
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  let count = 0
  while (count < countMax && (count % BATCH !== 0 || elapsed() < secondsMax)) {
    const datagram = mutator.next()
    count += 1
    const error = failureOf(target, datagram)
    if (error !== undefined) {
      return { count, seconds: elapsed(), find: { datagram: datagram.slice(), error } }
    }
  }
  return { count, seconds: elapsed() }
}

function failureOf(target: FuzzTarget, datagram: Uint8Array): unknown {
  try {
    target.run(datagram)
    return undefined
  } catch (error) {
    return error ?? new Error(`${target.name} threw nothing`)
  }
}
