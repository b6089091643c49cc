/**
 * TFTP packets, bytes to meaning and back: RFC 1350 §5, RFC 2347, and the experimental PAUSE.
 *
 * Decoders take what the network brings: anything may be wrong with it, and all they ever throw
 * is a `Refusal`. They say nothing about whether a packet fits a transfer.
 */
import { Refusal } from '../../base/refusal.ts'
import type { TftpRequest } from './server-events.ts'
import { decodeLatin1, decodeOptions, optionsBytes, writeOptions } from './wire-string.ts'

/** The first two bytes of every packet. */
export const Opcode = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6, pause: 7 } as const

/** Opcode and block number before the payload of DATA. */
export const DATA_HEADER_BYTES = 4

const OPCODE_BYTES = 2
const ERROR_HEADER_BYTES = 4
/** What is kept of the other side's message. */
const MESSAGE_CHARACTERS_MAX = 512
/** UTF-8 needs at most four bytes for a character, so more cannot matter. */
const MESSAGE_BYTES_READ = 4 * MESSAGE_CHARACTERS_MAX
/** Old clients have small buffers and short displays. */
const MESSAGE_BYTES_SENT = 200
/** The longest mode, `netascii`. */
const MODE_BYTES_MAX = 8

const textDecoder = new TextDecoder()
const textEncoder = new TextEncoder()

/** A packet of any kind, told apart by its opcode's name. */
export type Packet =
  | { readonly opcode: 'rrq' | 'wrq'; readonly request: TftpRequest }
  | { readonly opcode: 'data'; readonly blockNumber: number; readonly payload: Uint8Array }
  | { readonly opcode: 'ack'; readonly blockNumber: number }
  | { readonly opcode: 'error'; readonly code: number; readonly message: string }
  | { readonly opcode: 'oack'; readonly options: ReadonlyMap<string, string> }
  | { readonly opcode: 'pause'; readonly seconds: number }

/**
 * Decodes a packet of any kind. For tools and tests; a transfer reads opcode and block in place.
 *
 * @param datagram - The whole UDP payload. The payload of DATA stays a view of it.
 * @throws {Refusal} `MALFORMED_REQUEST` when the opcode is unknown or the packet too short.
 */
export function decodePacket(datagram: Uint8Array): Packet {
  switch (readUint16(datagram, 0)) {
    case Opcode.rrq:
      return { opcode: 'rrq', request: decodeRequest(datagram) }
    case Opcode.wrq:
      return { opcode: 'wrq', request: decodeRequest(datagram) }
    case Opcode.data: {
      const payload = datagram.subarray(DATA_HEADER_BYTES)
      return { opcode: 'data', blockNumber: decodeNumber(datagram, 'DATA'), payload }
    }
    case Opcode.ack:
      return { opcode: 'ack', blockNumber: decodeNumber(datagram, 'ACK') }
    case Opcode.error:
      return { opcode: 'error', ...decodeError(datagram) }
    case Opcode.oack:
      return { opcode: 'oack', options: decodeOack(datagram) }
    case Opcode.pause:
      return { opcode: 'pause', seconds: decodePause(datagram) }
    default:
      throw unexpectedOpcode('packet', datagram)
  }
}

/**
 * Decodes a read or write request.
 *
 * Options are taken as `decodeOptions` says: a broken one is left out and never fails the request.
 *
 * @param datagram - The whole UDP payload, opcode included. The name is copied from it.
 * @throws {Refusal} `MALFORMED_REQUEST` when the opcode is neither RRQ nor WRQ, name or mode lacks
 *   its NUL, the name is empty, or the mode is neither `octet` nor `netascii`.
 * @see RFC 1350 §5 (layout), RFC 2347 (options)
 */
export function decodeRequest(datagram: Uint8Array): TftpRequest {
  const opcode = readUint16(datagram, 0)
  if (opcode !== Opcode.rrq && opcode !== Opcode.wrq) throw unexpectedOpcode('request', datagram)
  const filenameEnd = datagram.indexOf(0, OPCODE_BYTES)
  if (filenameEnd < 0) throw malformed('request', 'the file name has no NUL')
  if (filenameEnd === OPCODE_BYTES) throw malformed('request', 'the file name is empty')
  const modeEnd = datagram.indexOf(0, filenameEnd + 1)
  if (modeEnd < 0) throw malformed('request', 'the mode has no NUL')
  return {
    kind: opcode === Opcode.rrq ? 'read' : 'write',
    filename: datagram.slice(OPCODE_BYTES, filenameEnd),
    mode: decodeMode(datagram, { start: filenameEnd + 1, end: modeEnd }),
    options: decodeOptions(datagram, modeEnd + 1),
  }
}

/**
 * Encodes a read or write request.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when the name is empty or holds NUL, or an option cannot be
 *   written in Latin-1.
 */
export function encodeRequest({ kind, filename, mode, options }: TftpRequest): Uint8Array {
  if (filename.length === 0) throw malformed('request', 'the file name is empty', 'encode')
  if (filename.includes(0)) throw malformed('request', 'the file name holds NUL', 'encode')
  const modeStart = OPCODE_BYTES + filename.length + 1
  const headerBytes = modeStart + mode.length + 1
  const opcode = kind === 'read' ? Opcode.rrq : Opcode.wrq
  const datagram = withOptions({ opcode, headerBytes, options })
  datagram.set(filename, OPCODE_BYTES)
  textEncoder.encodeInto(mode, datagram.subarray(modeStart))
  return datagram
}

/**
 * Decodes the options a server granted, names in lower case, in the order sent.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when it is not an OACK. Broken options are left out.
 * @see RFC 2347
 */
export function decodeOack(datagram: Uint8Array): ReadonlyMap<string, string> {
  if (readUint16(datagram, 0) !== Opcode.oack) throw unexpectedOpcode('OACK', datagram)
  return decodeOptions(datagram, OPCODE_BYTES)
}

/**
 * Encodes an OACK; the options in their order.
 *
 * @throws {Refusal} `MALFORMED_REQUEST` when an option cannot be written in Latin-1.
 */
export function encodeOack(options: ReadonlyMap<string, string>): Uint8Array {
  return withOptions({ opcode: Opcode.oack, headerBytes: OPCODE_BYTES, options })
}

/**
 * Decodes an ERROR. Some firmware sends no message or no NUL behind it: then the message is empty,
 * or all there is.
 *
 * @returns `message` is safe to show: control and format characters are replaced, at most 512
 *   characters are kept.
 * @throws {Refusal} `MALFORMED_REQUEST` when it is not an ERROR of at least four bytes.
 */
export function decodeError(datagram: Uint8Array): { code: number; message: string } {
  if (readUint16(datagram, 0) !== Opcode.error) throw unexpectedOpcode('ERROR', datagram)
  if (datagram.length < ERROR_HEADER_BYTES) throw tooShort('ERROR', datagram)
  const end = datagram.indexOf(0, ERROR_HEADER_BYTES)
  const bytesMax = ERROR_HEADER_BYTES + MESSAGE_BYTES_READ
  const bytes = datagram.subarray(
    ERROR_HEADER_BYTES,
    Math.min(end < 0 ? datagram.length : end, bytesMax),
  )
  const message = printable(textDecoder.decode(bytes)).slice(0, MESSAGE_CHARACTERS_MAX)
  return { code: readUint16(datagram, OPCODE_BYTES), message: message.toWellFormed() }
}

/**
 * Encodes an ERROR.
 *
 * @param error - `code` is 0–65535; `message` becomes one line of UTF-8, cut to 200 bytes between
 *   characters.
 */
export function encodeError(error: { code: number; message: string }): Uint8Array {
  const datagram = new Uint8Array(ERROR_HEADER_BYTES + MESSAGE_BYTES_SENT + 1)
  writeUint16(datagram, 0, Opcode.error)
  writeUint16(datagram, OPCODE_BYTES, error.code)
  const room = datagram.subarray(ERROR_HEADER_BYTES, ERROR_HEADER_BYTES + MESSAGE_BYTES_SENT)
  const { written } = textEncoder.encodeInto(printable(error.message), room)
  return datagram.slice(0, ERROR_HEADER_BYTES + written + 1)
}

/** Encodes an ACK. @param blockNumber - As on the wire, 0–65535. */
export function encodeAck(blockNumber: number): Uint8Array {
  const datagram = new Uint8Array(4)
  writeUint16(datagram, 0, Opcode.ack)
  writeUint16(datagram, OPCODE_BYTES, blockNumber)
  return datagram
}

/**
 * Decodes a PAUSE. What follows its four bytes is for later versions and not looked at.
 *
 * @returns Seconds until the server's next sign of life is due, 0–65535.
 * @throws {Refusal} `MALFORMED_REQUEST` when it is not a PAUSE of at least four bytes.
 */
export function decodePause(datagram: Uint8Array): number {
  if (readUint16(datagram, 0) !== Opcode.pause) throw unexpectedOpcode('PAUSE', datagram)
  return decodeNumber(datagram, 'PAUSE')
}

/** Encodes a PAUSE. @param seconds - Until the next sign of life is due, 0–65535. */
export function encodePause(seconds: number): Uint8Array {
  const datagram = new Uint8Array(4)
  writeUint16(datagram, 0, Opcode.pause)
  writeUint16(datagram, OPCODE_BYTES, seconds)
  return datagram
}

/** Writes the four bytes before a payload. @param blockNumber - As on the wire, 0–65535. */
export function writeDataHeader(slab: Uint8Array, offset: number, blockNumber: number): void {
  writeUint16(slab, offset, Opcode.data)
  writeUint16(slab, offset + OPCODE_BYTES, blockNumber)
}

/** Reads a number in network order. What lies beyond the end reads as 0. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

/** Writes a number in network order; only its low 16 bits. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8
  bytes[offset + 1] = value
}

function decodeNumber(datagram: Uint8Array, kind: 'DATA' | 'ACK' | 'PAUSE'): number {
  if (datagram.length < DATA_HEADER_BYTES) throw tooShort(kind, datagram)
  return readUint16(datagram, OPCODE_BYTES)
}

/** RFC 1350 §5: the mode is text in any combination of upper and lower case. */
function decodeMode(
  datagram: Uint8Array,
  { start, end }: { start: number; end: number },
): TftpRequest['mode'] {
  const sent = decodeLatin1(datagram, start, Math.min(end, start + MODE_BYTES_MAX + 1))
  const mode = sent.toLowerCase()
  if (mode === 'octet' || mode === 'netascii') return mode
  if (mode === 'mail') {
    throw malformed('request', 'mode "mail" is not supported, use "octet" or "netascii"')
  }
  const shown = printable(sent.length > MODE_BYTES_MAX ? `${sent}…` : sent)
  throw malformed('request', `mode "${shown}" is unknown, use "octet" or "netascii"`)
}

/** A packet with its opcode and options written, and zeros between them. */
function withOptions({
  opcode,
  headerBytes,
  options,
}: {
  opcode: number
  headerBytes: number
  options: ReadonlyMap<string, string>
}): Uint8Array {
  const datagram = new Uint8Array(headerBytes + optionsBytes(options))
  writeUint16(datagram, 0, opcode)
  try {
    writeOptions(datagram, headerBytes, options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal('MALFORMED_REQUEST', reason, { cause: error })
  }
  return datagram
}

/** One line that a terminal, a log and an old display survive. */
function printable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

function malformed(kind: string, reason: string, verb = 'decode'): Refusal {
  return new Refusal('MALFORMED_REQUEST', `Cannot ${verb} the ${kind}: ${reason}`)
}

function tooShort(kind: string, datagram: Uint8Array): Refusal {
  return malformed(kind, `it has ${datagram.length} bytes, at least 4 are needed`)
}

function unexpectedOpcode(kind: string, datagram: Uint8Array): Refusal {
  if (datagram.length < OPCODE_BYTES) {
    return malformed(kind, `it has ${datagram.length} bytes, too few for an opcode`)
  }
  return malformed(kind, `opcode ${readUint16(datagram, 0)} is not expected`)
}
