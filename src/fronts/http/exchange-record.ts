import type { Refusal } from '../../base/refusal.ts'
import type { JournalEntry, RequestOutcome } from '../../observe/journal.ts'
import { deviceFields } from '../../observe/device-fields.ts'
import { renditionFields } from '../../observe/rendition-fields.ts'
import type { Answer } from '../../routing/answer.ts'
import type { RequestPath } from '../../routing/request-path.ts'
import type { EncryptedPeer } from './encryption.ts'

/** A name that could not be normalised is journalled as sent, cut at this many characters. */
const TARGET_CHARS_MAX = 256

/** What is known of one HTTP request while it is answered; becomes its journal entry. */
export interface HttpRecord {
  readonly id: string
  readonly at: string
  readonly startedAt: number
  readonly method: string
  readonly client: { readonly address: string; readonly port: number }
  readonly local: { readonly address: string; readonly port: number }
  readonly target: string
  /** Undefined for a connection that is not encrypted. */
  readonly peer: EncryptedPeer | undefined
  path: RequestPath | undefined
  status: number | undefined
  /** The part of a 206. */
  contentRange: string | undefined
  /** Of the answer. */
  sentBytes: number
  /** Of the upload. */
  takenBytes: number
  firstByteAt: number | undefined
  answer: Answer | undefined
  refusal: Refusal | undefined
  /** True when its patience ended first, and it got something else. */
  wasLate: boolean
}

/** The journal entry of an HTTP request that is over. */
export function entryFor(record: HttpRecord, outcome: RequestOutcome, now: number): JournalEntry {
  const { answer, refusal, path } = record
  const notes = answer?.notes()
  return {
    id: record.id,
    at: record.at,
    front: 'http',
    method: record.method,
    client: record.client,
    local: record.local,
    path: path?.text ?? record.target.slice(0, TARGET_CHARS_MAX),
    ...(path === undefined || path.query === '' ? {} : { query: path.query }),
    ...(answer?.routeName === undefined ? {} : { route: answer.routeName }),
    ...(answer?.sourceName === undefined ? {} : { source: answer.sourceName }),
    ...(answer?.params === undefined ? {} : { params: answer.params }),
    ...deviceFields(answer),
    ...peerFields(record.peer),
    ...(record.status === undefined ? {} : { status: record.status }),
    bytes: record.method === 'PUT' ? record.takenBytes : record.sentBytes,
    ...(record.firstByteAt === undefined
      ? {}
      : { firstByteMs: roundMs(record.firstByteAt - record.startedAt) }),
    ...renditionFields(answer?.rendition, record.wasLate),
    durationMs: roundMs(now - record.startedAt),
    outcome,
    ...(refusal === undefined ? {} : { refusal: refusal.code, detail: refusal.message }),
    ...(notes === undefined ? {} : { notes }),
  }
}

function peerFields(peer: EncryptedPeer | undefined): Partial<JournalEntry> {
  if (peer === undefined) return {}
  return {
    tls: peer.version,
    ...(peer.shown === undefined ? {} : { certificate: peer.shown }),
    ...(peer.problem === undefined ? {} : { certificateProblem: peer.problem }),
  }
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
