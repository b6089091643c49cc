import type { LocalSocket } from '../../base/datagram.ts'
import type { Refusal } from '../../base/refusal.ts'
import type { JournalEntry, RequestOutcome } from '../../observe/journal.ts'
import { deviceFields } from '../../observe/device-fields.ts'
import { renditionFields } from '../../observe/rendition-fields.ts'
import { outcomeForRefusal } from '../../observe/refusal-outcome.ts'
import type {
  ReadTransfer,
  RefusedRequest,
  ServerTransfer,
  TransferOutcome,
} from '../../protocol/tftp/server-events.ts'
import type { Answer } from '../../routing/answer.ts'
import { describeName } from '../../routing/request-path.ts'

/** What is known of one TFTP request while it is answered; becomes its journal entry. */
export interface ExchangeRecord {
  readonly id: string
  readonly at: string
  readonly transfer: ServerTransfer
  readonly local: LocalSocket | undefined
  path: string | undefined
  query: string | undefined
  answer: Answer | undefined
  refusal: Refusal | undefined
  /** True when the client's patience ended first, and it got something else. */
  wasLate: boolean
}

/** The journal entry of a request that could not be read: what there is of its name, and why. */
export function entryForRefused(
  { refusal, datagram, peer }: RefusedRequest,
  known: Pick<ExchangeRecord, 'id' | 'at' | 'local'>,
): JournalEntry {
  const nameEnd = datagram.indexOf(0, 2)
  return {
    id: known.id,
    at: known.at,
    front: 'tftp',
    method: datagram[1] === 1 ? 'RRQ' : 'WRQ',
    client: { address: peer.address, port: peer.port },
    local: { address: known.local?.address ?? '', port: known.local?.port ?? 0 },
    path: describeName(datagram.subarray(2, nameEnd < 0 ? undefined : nameEnd)),
    bytes: 0,
    durationMs: 0,
    outcome: outcomeForRefusal[refusal.code],
    refusal: refusal.code,
    detail: refusal.message,
  }
}

/** What the journal calls the end of a transfer. */
function outcomeOf(outcome: TransferOutcome, refusal: Refusal | undefined): RequestOutcome {
  if (outcome !== 'refused') return outcome
  return refusal === undefined ? 'failed' : outcomeForRefusal[refusal.code]
}

/** The journal entry of a TFTP request that is over. */
export function entryFor(
  record: ExchangeRecord,
  outcome: TransferOutcome,
  now: number,
): JournalEntry {
  const { transfer, answer, refusal } = record
  const { stats, request, peer } = transfer
  const notes = answer?.notes()
  return {
    id: record.id,
    at: record.at,
    front: 'tftp',
    method: request.kind === 'read' ? 'RRQ' : 'WRQ',
    client: { address: peer.address, port: peer.port },
    local: { address: record.local?.address ?? '', port: record.local?.port ?? 0 },
    path: record.path ?? describeName(request.filename),
    ...(record.query ? { query: record.query } : {}),
    ...routeOf(answer),
    mode: request.mode,
    optionsAsked: Object.fromEntries(request.options),
    optionsAcknowledged: Object.fromEntries(transfer.acknowledged),
    ...(answer?.response === undefined ? {} : { status: answer.response.status }),
    bytes: stats.bytes,
    retransmits: stats.retransmits,
    repeats: stats.repeats,
    ...holdFields(transfer),
    ...renditionFields(answer?.rendition, record.wasLate),
    ...(stats.answeredAt === undefined
      ? {}
      : { firstByteMs: roundMs(stats.answeredAt - stats.startedAt) }),
    durationMs: roundMs(now - stats.startedAt),
    outcome: outcomeOf(outcome, refusal),
    ...(outcome === 'refused' && refusal !== undefined ? { refusal: refusal.code } : {}),
    ...detailOf(record, outcome),
    ...(notes === undefined ? {} : { notes }),
  }
}

function holdFields(transfer: ServerTransfer | ReadTransfer): Partial<JournalEntry> {
  const hold = 'hold' in transfer ? transfer.hold : undefined
  if (hold === undefined) return {}
  const { kind, profileName, limitMs } = hold
  const limit = limitMs === undefined ? {} : { clientLimitMs: limitMs }
  return { hold: kind, profile: profileName, ...limit }
}

function routeOf(answer: Answer | undefined): Partial<JournalEntry> {
  if (answer?.routeName === undefined) return {}
  return {
    route: answer.routeName,
    ...(answer.sourceName === undefined ? {} : { source: answer.sourceName }),
    ...(answer.params === undefined ? {} : { params: answer.params }),
    ...deviceFields(answer),
  }
}

function detailOf(record: ExchangeRecord, outcome: TransferOutcome): { detail?: string } {
  const { clientError } = record.transfer
  if (outcome === 'refused' && record.refusal !== undefined)
    return { detail: record.refusal.message }
  if (clientError === undefined) return {}
  return { detail: `the client sent ERROR ${clientError.code} "${clientError.message}"` }
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
