import { BLOCK_BYTES_DEFAULT } from './wire-options.ts'

/** What a transfer runs with. */
export interface Negotiated {
  /** Only what was asked: as a server in the order asked, as a client in the order answered. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** Bytes in a full block, 8–65464. Default 512. */
  readonly blockBytes: number
  /** Blocks sent for one ACK, 1–65535. Default 1. */
  readonly windowBlocks: number
  /** Wait before the first resend, in ms, 10–255,000; undefined: neither timeout nor utimeout. */
  readonly retryMs?: number
  /** The block number after 65535. Default 0. */
  readonly rolloverTo: 0 | 1
  /** `tsize` of a write, in bytes: what the client says it will send. Servers only. */
  readonly uploadBytes?: number
  /** `tsize` as the server answered it, in bytes. Clients only. */
  readonly sizeBytes?: number
}

/** A negotiation under way; each option adds what it settles. */
export interface NegotiationDraft {
  readonly acknowledged: Map<string, string>
  blockBytes: number
  windowBlocks: number
  retryMs?: number
  rolloverTo: 0 | 1
  uploadBytes?: number
  sizeBytes?: number
}

/** What holds while no option says otherwise (RFC 1350). */
export function draftNegotiation(): NegotiationDraft {
  return {
    acknowledged: new Map(),
    blockBytes: BLOCK_BYTES_DEFAULT,
    windowBlocks: 1,
    rolloverTo: 0,
  }
}
