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
  const entry: OpenEntry = {
    id: record.id,
    at: record.at,
    front: 'tftp',
    method: request.kind === 'read' ? 'RRQ' : 'WRQ',
    client: { address: peer.address, port: peer.port },
    local: { address: record.local?.address ?? '', port: record.local?.port ?? 0 },
    path: record.path ?? describeName(request.filename),
    bytes: stats.bytes,
    durationMs: roundMs(now - stats.startedAt),
    outcome: outcomeOf(outcome, refusal),
    mode: request.mode,
    optionsAsked: Object.fromEntries(request.options),
    optionsAcknowledged: Object.fromEntries(transfer.acknowledged),
    retransmits: stats.retransmits,
    repeats: stats.repeats,
  }
  if (record.query) entry.query = record.query
  if (answer !== undefined) addAnswer(entry, answer)
  addHold(entry, transfer)
  if (answer?.rendition !== undefined || record.wasLate) {
    Object.assign(entry, renditionFields(answer?.rendition, record.wasLate))
  }
  if (stats.answeredAt !== undefined)
    entry.firstByteMs = roundMs(stats.answeredAt - stats.startedAt)
  if (outcome === 'refused' && refusal !== undefined) entry.refusal = refusal.code
  const detail = detailOf(record, outcome)
  if (detail !== undefined) entry.detail = detail
  if (notes !== undefined) entry.notes = notes
  return entry
}

/** Filled in step by step: spreads of small objects cost as much as all the rest of it. */
type OpenEntry = { -readonly [Name in keyof JournalEntry]: JournalEntry[Name] }

function addHold(entry: OpenEntry, transfer: ServerTransfer | ReadTransfer): void {
  const hold = 'hold' in transfer ? transfer.hold : undefined
  if (hold === undefined) return
  entry.hold = hold.kind
  entry.profile = hold.profileName
  if (hold.limitMs !== undefined) entry.clientLimitMs = hold.limitMs
}

function addAnswer(entry: OpenEntry, answer: Answer): void {
  const { routeName, sourceName, params, response } = answer
  if (response !== undefined) entry.status = response.status
  if (routeName === undefined) return
  entry.route = routeName
  if (sourceName !== undefined) entry.source = sourceName
  if (params !== undefined) entry.params = params
  if (answer.device !== undefined || answer.identityConflict !== undefined) {
    Object.assign(entry, deviceFields(answer))
  }
}

function detailOf(record: ExchangeRecord, outcome: TransferOutcome): string | undefined {
  const { clientError } = record.transfer
  if (outcome === 'refused' && record.refusal !== undefined) return record.refusal.message
  if (clientError === undefined) return undefined
  return `the client sent ERROR ${clientError.code} "${clientError.message}"`
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
