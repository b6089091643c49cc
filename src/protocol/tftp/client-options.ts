/**
 * Options as a client asks for them and hears of them.
 *
 * Here an answer that was not asked for, or not like this, is refused: RFC 2347 wants ERROR 8.
 */
import { Refusal } from '../../base/refusal.ts'
import { draftNegotiation, type Negotiated, type NegotiationDraft } from './negotiated.ts'
import {
  parseAtMost,
  parseWithin,
  powerOfTwoAtMost,
  type Range,
  type WireOptionName,
  wireRanges,
} from './wire-options.ts'

/** What a client can ask for. Whatever is undefined is not asked. */
export interface AskedOptions {
  /** `blksize`, 8–65464 bytes. */
  readonly blockBytes?: number
  /** `windowsize`, 1–65535 blocks. */
  readonly windowBlocks?: number
  /** `timeout`, 1–255 seconds. */
  readonly timeoutSeconds?: number
  /** `utimeout`, 10,000–255,000,000 µs. */
  readonly utimeoutMicroseconds?: number
  /** `tsize`, in bytes: 0 asks for the size of a read; a write says its own. */
  readonly tsize?: number
  /** `rollover`: the block number after 65535. */
  readonly rollover?: 0 | 1
  /** `pause`, 1–3600 seconds: how long a read waits for the first byte in all. Experimental. */
  readonly pauseSeconds?: number
  /** Further options, sent as they are and unchecked; they take the place of those above. */
  readonly extra?: ReadonlyMap<string, string>
}

/**
 * Options of a client's request, by wire name.
 *
 * @throws {Refusal} `OPTION_REFUSED` when a value is no whole number inside its range.
 */
export function requestOptions(asked: AskedOptions): ReadonlyMap<string, string> {
  const numbers: readonly (readonly [WireOptionName, number | undefined])[] = [
    ['blksize', asked.blockBytes],
    ['windowsize', asked.windowBlocks],
    ['timeout', asked.timeoutSeconds],
    ['utimeout', asked.utimeoutMicroseconds],
    ['tsize', asked.tsize],
    ['rollover', asked.rollover],
    ['pause', asked.pauseSeconds],
  ]
  const options = new Map<string, string>()
  for (const [name, value] of numbers) {
    if (value === undefined) continue
    const { min, max } = wireRanges[name]
    if (!Number.isInteger(value) || value < min || value > max) {
      throw refused(`Cannot ask for ${name} "${value}": the range is ${min} to ${max}`)
    }
    options.set(name, String(value))
  }
  for (const [name, value] of asked.extra ?? []) options.set(name.toLowerCase(), value)
  return options
}

/**
 * What a client works with after a server's OACK.
 *
 * @param asked - The options of the request, names in lower case.
 * @throws {Refusal} `OPTION_REFUSED` when the server answered what was not asked, or a value that
 *   the option does not allow. The client then sends ERROR 8.
 */
export function readOack(
  asked: ReadonlyMap<string, string>,
  answered: ReadonlyMap<string, string>,
): Negotiated {
  const draft = draftNegotiation()
  for (const [name, value] of answered) {
    const wanted = asked.get(name)
    const reason =
      wanted === undefined
        ? 'it was not asked (RFC 2347)'
        : acceptances.get(name)?.({ asked: wanted, answered: value }, draft)
    if (reason !== undefined) throw refused(`Cannot accept ${name} "${value}": ${reason}`)
    draft.acknowledged.set(name, value)
  }
  if (answered.has('blksize') && answered.has('blksize2')) {
    throw refused('Cannot accept blksize and blksize2: only one can be the size of a block')
  }
  return draft
}

interface Reply {
  readonly asked: string
  readonly answered: string
}

/** Notes a value in the draft, or says why it cannot be accepted. */
type Acceptance = (reply: Reply, draft: NegotiationDraft) => string | undefined

/** Options not listed, asked by `extra`, are accepted as they come. */
const acceptances: ReadonlyMap<string, Acceptance> = new Map<string, Acceptance>(
  Object.entries({
    blksize: acceptBlksize,
    blksize2: acceptBlksize2,
    timeout: acceptTimeout,
    utimeout: acceptUtimeout,
    tsize: acceptTsize,
    windowsize: acceptWindowsize,
    rollover: acceptRollover,
    pause: acceptPause,
  } satisfies Record<WireOptionName, Acceptance>),
)

function acceptBlksize({ asked, answered }: Reply, draft: NegotiationDraft): string | undefined {
  const range = upTo(asked, wireRanges.blksize)
  const bytes = parseWithin(answered, range)
  if (bytes === undefined) return outside(range)
  draft.blockBytes = bytes
  return undefined
}

function acceptBlksize2(reply: Reply, draft: NegotiationDraft): string | undefined {
  const reason = acceptBlksize(reply, draft)
  if (reason !== undefined) return reason
  return draft.blockBytes === powerOfTwoAtMost(draft.blockBytes) ? undefined : 'no power of two'
}

function acceptTimeout(reply: Reply, draft: NegotiationDraft): string | undefined {
  const seconds = parseUnchanged(reply, wireRanges.timeout)
  if (seconds === undefined) return changed(reply)
  if (!draft.acknowledged.has('utimeout')) draft.retryMs = seconds * 1000
  return undefined
}

function acceptUtimeout(reply: Reply, draft: NegotiationDraft): string | undefined {
  const microseconds = parseUnchanged(reply, wireRanges.utimeout)
  if (microseconds === undefined) return changed(reply)
  draft.retryMs = microseconds / 1000
  return undefined
}

/** A read asks with 0 and hears the size; a write says the size and hears it again. */
function acceptTsize(reply: Reply, draft: NegotiationDraft): string | undefined {
  const bytes = parseWithin(reply.answered, wireRanges.tsize)
  if (bytes === undefined) return outside(wireRanges.tsize)
  if (Number(reply.asked) > 0 && Number(reply.asked) !== bytes) return changed(reply)
  draft.sizeBytes = bytes
  return undefined
}

function acceptWindowsize({ asked, answered }: Reply, draft: NegotiationDraft): string | undefined {
  const range = upTo(asked, wireRanges.windowsize)
  const blocks = parseWithin(answered, range)
  if (blocks === undefined) return outside(range)
  draft.windowBlocks = blocks
  return undefined
}

function acceptRollover(reply: Reply, draft: NegotiationDraft): string | undefined {
  const blockNumber = parseUnchanged(reply, wireRanges.rollover)
  if (blockNumber === undefined) return changed(reply)
  draft.rolloverTo = blockNumber === 0 ? 0 : 1
  return undefined
}

/** Nothing is agreed on with it: the wait that it is about is over. */
function acceptPause(reply: Reply): string | undefined {
  return parseUnchanged(reply, wireRanges.pause) === undefined ? changed(reply) : undefined
}

/** The range cut at what was asked; whole when what was asked is no number of it. */
function upTo(asked: string, { min, max }: Range): Range {
  return { min, max: parseAtMost(asked, { min, max }) ?? max }
}

function parseUnchanged({ asked, answered }: Reply, range: Range): number | undefined {
  return Number(asked) === Number(answered) ? parseWithin(answered, range) : undefined
}

function changed({ asked }: Reply): string {
  return `asked was "${asked}", which must come back unchanged`
}

function outside({ min, max }: Range): string {
  return `the range is ${min} to ${max}`
}

function refused(message: string): Refusal {
  return new Refusal('OPTION_REFUSED', message)
}
