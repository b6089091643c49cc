/** The one version there is; the first byte of every record. */
export const VERSION = 1
/** Bytes before a record's content. */
export const HEADER_BYTES = 8
/** Longest content of a record, in bytes: its length has 16 bits. */
export const CONTENT_BYTES_MAX = 0xff_ff
/**
 * The number of every request: a connection carries one at a time. Number 0 is for records that
 * belong to none.
 */
export const REQUEST_ID = 1

/** What a record is: the second byte. */
export const RecordType = {
  BeginRequest: 1,
  AbortRequest: 2,
  EndRequest: 3,
  Params: 4,
  Stdin: 5,
  Stdout: 6,
  Stderr: 7,
} as const

/** The application makes an answer to one request, as a CGI script does. */
export const ROLE_RESPONDER = 1
/** Asks the application to leave the connection open after the answer. */
export const FLAG_KEEP_CONNECTION = 1

/** What the application made of the request itself. */
export const ProtocolStatus = {
  RequestComplete: 0,
  CannotMultiplex: 1,
  Overloaded: 2,
  UnknownRole: 3,
} as const

/**
 * The first eight bytes of a record.
 *
 * @see FastCGI Specification 1.0 §3.3
 */
export interface RecordHeader {
  readonly version: number
  readonly type: number
  readonly requestId: number
  readonly contentBytes: number
  readonly paddingBytes: number
}

/** Writes a header at an offset; there is room for it. */
export function encodeHeader(
  target: Uint8Array,
  offset: number,
  { type, contentBytes }: { readonly type: number; readonly contentBytes: number },
): void {
  const view = new DataView(target.buffer, target.byteOffset + offset, HEADER_BYTES)
  view.setUint8(0, VERSION)
  view.setUint8(1, type)
  view.setUint16(2, REQUEST_ID)
  view.setUint16(4, contentBytes)
}

/** Reads a header from its eight bytes. Nothing is checked. */
export function decodeHeader(bytes: Uint8Array): RecordHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  return {
    version: view.getUint8(0),
    type: view.getUint8(1),
    requestId: view.getUint16(2),
    contentBytes: view.getUint16(4),
    paddingBytes: view.getUint8(6),
  }
}
