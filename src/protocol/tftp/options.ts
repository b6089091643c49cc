/**
 * Options as a server grants them: RFC 2347, 2348, 2349, 7440 and some in common use.
 *
 * An option is granted, cut down or left out; none ever fails a request.
 */
import { draftNegotiation, type Negotiated, type NegotiationDraft } from './negotiated.ts'
import { DATA_HEADER_BYTES } from './packet.ts'
import type { TftpRequest } from './server-events.ts'
import {
  parseAtMost,
  parseWithin,
  powerOfTwoAtMost,
  type WireOptionName,
  wireRanges,
} from './wire-options.ts'

export { readOack, requestOptions } from './client-options.ts'
export type { Negotiated } from './negotiated.ts'
export { wireOptionNames } from './wire-options.ts'

/** What a server can grant. */
export interface NegotiationLimits {
  /** Size of a read as on the wire (netascii-encoded if so asked), in bytes; undefined: unknown. */
  readonly sizeBytes?: number
  /** The largest UDP payload of the path, in bytes: a block has four less. */
  readonly payloadBytesMax: number
  /** A cap on the block of its own, in bytes. Default: what the path carries. */
  readonly blockBytesMax?: number
  /** Cap on the window, in blocks, from 1. */
  readonly windowBlocksMax: number
  /** True where PAUSE is sent while a file is made. Default false: `pause` is left out. */
  readonly isPauseGranted?: boolean
}

/**
 * Grants what can be granted of a request's options.
 *
 * @returns Clamped values; what is unknown, malformed or out of range is not acknowledged. Without
 *   anything acknowledged there is no OACK.
 */
export function negotiate(request: TftpRequest, limits: NegotiationLimits): Negotiated {
  const draft = draftNegotiation()
  for (const [name, value] of request.options) {
    const answer = grants.get(name)?.(value, { request, limits, draft })
    if (answer !== undefined) draft.acknowledged.set(name, answer)
  }
  return draft
}

interface Context {
  readonly request: TftpRequest
  readonly limits: NegotiationLimits
  readonly draft: NegotiationDraft
}

/** Notes a value in the draft and says what to answer; undefined leaves the option out. */
type Grant = (value: string, context: Context) => string | undefined

/** A Map: a device may name its option `constructor`. */
const grants: ReadonlyMap<string, Grant> = new Map<string, Grant>(
  Object.entries({
    blksize: grantBlksize,
    blksize2: grantBlksize2,
    timeout: grantTimeout,
    utimeout: grantUtimeout,
    tsize: grantTsize,
    windowsize: grantWindowsize,
    rollover: grantRollover,
    pause: grantPause,
  } satisfies Record<WireOptionName, Grant>),
)

/** Always acknowledged when valid: a Raspberry Pi 4 otherwise ignores what it then fetches. */
function grantBlksize(value: string, context: Context): string | undefined {
  return grantBlock(parseAtMost(value, wireRanges.blksize), context)
}

function grantBlksize2(value: string, context: Context): string | undefined {
  const asked = parseAtMost(value, wireRanges.blksize2)
  if (asked === undefined) return undefined
  const bytes = Math.min(asked, blockBytesMax(context.limits))
  return grantBlock(powerOfTwoAtMost(bytes), context)
}

/** Of blksize and blksize2 the first valid one counts, the other is left out. */
function grantBlock(asked: number | undefined, { limits, draft }: Context): string | undefined {
  const isSettled = draft.acknowledged.has('blksize') || draft.acknowledged.has('blksize2')
  if (asked === undefined || isSettled) return undefined
  draft.blockBytes = Math.min(asked, blockBytesMax(limits))
  return String(draft.blockBytes)
}

/** Exactly as sent or not at all: U-Boot compares. npm tftp asks for milliseconds: left out. */
function grantTimeout(value: string, { draft }: Context): string | undefined {
  const seconds = parseWithin(value, wireRanges.timeout)
  if (seconds === undefined) return undefined
  if (!draft.acknowledged.has('utimeout')) draft.retryMs = seconds * 1000
  return value
}

function grantUtimeout(value: string, { draft }: Context): string | undefined {
  const microseconds = parseWithin(value, wireRanges.utimeout)
  if (microseconds === undefined) return undefined
  draft.retryMs = microseconds / 1000
  return value
}

/** An empty file has no size here: curl refuses `tsize=0`, PXELINUX takes it as missing. */
function grantTsize(value: string, { request, limits, draft }: Context): string | undefined {
  const asked = parseWithin(value, wireRanges.tsize)
  if (asked === undefined) return undefined
  if (request.kind === 'read') return limits.sizeBytes ? String(limits.sizeBytes) : undefined
  draft.uploadBytes = asked
  return String(asked)
}

function grantWindowsize(value: string, { limits, draft }: Context): string | undefined {
  const asked = parseAtMost(value, wireRanges.windowsize)
  if (asked === undefined) return undefined
  draft.windowBlocks = Math.max(1, Math.min(asked, limits.windowBlocksMax))
  return String(draft.windowBlocks)
}

function grantRollover(value: string, { draft }: Context): string | undefined {
  if (value !== '0' && value !== '1') return undefined
  draft.rolloverTo = value === '0' ? 0 : 1
  return value
}

/** A write waits for nothing that is made. */
function grantPause(value: string, { request, limits }: Context): string | undefined {
  if (limits.isPauseGranted !== true || request.kind !== 'read') return undefined
  return parseWithin(value, wireRanges.pause) === undefined ? undefined : value
}

function blockBytesMax({ payloadBytesMax, blockBytesMax }: NegotiationLimits): number {
  const { min, max } = wireRanges.blksize
  return Math.max(min, Math.min(max, payloadBytesMax - DATA_HEADER_BYTES, blockBytesMax ?? max))
}
