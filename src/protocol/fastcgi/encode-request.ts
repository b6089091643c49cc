import {
  CONTENT_BYTES_MAX,
  encodeHeader,
  FLAG_KEEP_CONNECTION,
  HEADER_BYTES,
  RecordType,
  ROLE_RESPONDER,
} from './record.ts'

/** Bytes of a BEGIN_REQUEST's content: role, flags, five reserved. */
const BEGIN_BYTES = 8
/** Longest name or value whose length is one byte, in bytes. */
const SHORT_BYTES_MAX = 0x7f
/** Marks a length of four bytes. */
const LONG_LENGTH_BIT = 0x8000_0000

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

/** What a request begins with. */
export interface RequestStart {
  /** Names and values as the application finds them in its environment. */
  readonly params: Readonly<Record<string, string>>
  /** True when the application shall leave the connection open. */
  readonly keepsConnection: boolean
}

/**
 * All that comes before the input: BEGIN_REQUEST in the role of a responder, and the parameters.
 *
 * @see FastCGI Specification 1.0 §5.1, §5.2
 */
export function encodeStart({ params, keepsConnection }: RequestStart): Uint8Array {
  const begin = new Uint8Array(BEGIN_BYTES)
  begin[1] = ROLE_RESPONDER
  begin[2] = keepsConnection ? FLAG_KEEP_CONNECTION : 0
  return joined([
    encodeRecords(RecordType.BeginRequest, begin),
    encodeRecords(RecordType.Params, encodePairs(params)),
    encodeRecords(RecordType.Params, nothing),
  ])
}

/** A piece of the input, in as many records as it takes; an empty piece would be the end of it. */
export function encodeInput(piece: Uint8Array): Uint8Array {
  return piece.length === 0 ? nothing : encodeRecords(RecordType.Stdin, piece)
}

/** The end of the input. */
export function encodeInputEnd(): Uint8Array {
  return encodeRecords(RecordType.Stdin, nothing)
}

/** Tells the application that nobody wants the answer any more (§5.4). */
export function encodeAbort(): Uint8Array {
  return encodeRecords(RecordType.AbortRequest, nothing)
}

/** Cuts a stream into records; nothing is one record without content. */
function encodeRecords(type: number, content: Uint8Array): Uint8Array {
  const recordCount = Math.max(1, Math.ceil(content.length / CONTENT_BYTES_MAX))
  const bytes = new Uint8Array(recordCount * HEADER_BYTES + content.length)
  let offset = 0
  for (let index = 0; index < recordCount; index += 1) {
    const start = index * CONTENT_BYTES_MAX
    const part = content.subarray(start, start + CONTENT_BYTES_MAX)
    encodeHeader(bytes, offset, { type, contentBytes: part.length })
    bytes.set(part, offset + HEADER_BYTES)
    offset += HEADER_BYTES + part.length
  }
  return bytes
}

/** Name-value pairs: both lengths, then both texts (§3.4). */
function encodePairs(params: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [name, value] of Object.entries(params)) {
    const texts = [encoder.encode(name), encoder.encode(value)]
    parts.push(...texts.map(({ length }) => encodeLength(length)), ...texts)
  }
  return joined(parts)
}

function encodeLength(length: number): Uint8Array {
  if (length <= SHORT_BYTES_MAX) return new Uint8Array([length])
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, LONG_LENGTH_BIT + length)
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
