import type { Peer, SocketId } from '../../base/datagram.ts'
import type { Instant } from '../../base/instant.ts'
import type { Refusal, RefusalCode } from '../../base/refusal.ts'

/**
 * What a server endpoint and the front that drives it say to each other.
 *
 * The endpoint owns the wire: repeats, timers, blocks, who may speak to which transfer. The front
 * owns the bytes: where they come from, when they are there. Nothing here waits; time is an
 * argument.
 */

/** A decoded RRQ or WRQ. */
export interface TftpRequest {
  readonly kind: 'read' | 'write'
  /** The name exactly as sent, without its NUL. */
  readonly filename: Uint8Array
  readonly mode: 'octet' | 'netascii'
  /**
   * Options in the order asked, names lower case, values as sent (bytes read as Latin-1). The first
   * of duplicates counts.
   */
  readonly options: ReadonlyMap<string, string>
}

/** How a transfer ended. */
export type TransferOutcome =
  /** Every byte was acknowledged (read), or the last ACK followed an accepted upload (write). */
  | 'delivered'
  /**
   * The client answered the OACK with an ERROR when it knew the size: UEFI's size probe, not a
   * fault.
   */
  | 'probe'
  /** The client sent an ERROR. */
  | 'aborted'
  /** No progress for `giveUpMs`. */
  | 'timed-out'
  /** The server sent an ERROR: refused before the first byte, or failed after it. */
  | 'refused'
  /** Another request from the same address and port took its place. */
  | 'replaced'
  /** The endpoint was stopped. */
  | 'stopped'

/** Counts of one transfer, live. */
export interface TransferStats {
  readonly startedAt: Instant
  /** When the first OACK or DATA (read) or the first OACK or ACK (write) left; undefined before. */
  readonly answeredAt: Instant | undefined
  /**
   * File bytes acknowledged (read) or taken (write), as on the wire (netascii-encoded if so asked).
   */
  readonly bytes: number
  readonly blocks: number
  /** Datagrams sent again: DATA, OACK, ACK. */
  readonly retransmits: number
  /** Repeated requests that were swallowed. */
  readonly repeats: number
}

/** What both directions have in common, as the front sees it. */
export interface ServerTransfer {
  readonly request: TftpRequest
  readonly peer: Peer
  /** The socket the request came in on: the address that was asked. */
  readonly listener: SocketId
  /** The socket that answers. */
  readonly socket: SocketId
  readonly stats: TransferStats
  /** Options acknowledged, in wire order; empty before the answer, and where there was no OACK. */
  readonly acknowledged: ReadonlyMap<string, string>
  readonly isOver: boolean
  /** What the client said in its ERROR, if it sent one. */
  readonly clientError: { readonly code: number; readonly message: string } | undefined
  /** Free for the front's own state. */
  tag: unknown
  /** Sends an ERROR and ends the transfer. No effect once over. */
  refuse(code: RefusalCode, message: string, now: Instant): void
  /** Ends the transfer without a word (the device will ask again). */
  drop(now: Instant): void
}

/** What is known of a held read before its bytes are there. */
export interface HoldTerms {
  /** Cap on the block, in bytes; undefined: what the path carries. */
  readonly blockBytesMax: number | undefined
  /** The client profile that the operator gave it; undefined: it is recognised. */
  readonly profileName: string | undefined
}

/** How a read was held; for the journal. */
export interface HoldUse {
  /** What was done: nothing, an early OACK, PAUSE packets. */
  readonly kind: 'silence' | 'oack' | 'pause'
  /** As what kind of client: the name of a profile, `a or b`, or `unknown`. */
  readonly profileName: string
  /** How long it waits from its first request on, in ms; undefined: for ever, or nobody knows. */
  readonly limitMs: number | undefined
}

/** A read: bytes go to the client. Silent (holding) until `begin`. */
export interface ReadTransfer extends ServerTransfer {
  readonly kind: 'read'
  /** How it was held; undefined when it was answered too soon to tell. */
  readonly hold: HoldUse | undefined
  /**
   * The size of the file is known, its bytes are not there yet: a hold may tell it. In bytes,
   * before netascii.
   */
  sizeKnown(sizeBytes: number, now: Instant): void
  /**
   * Bytes are certain to follow: sends the OACK, or DATA 1 as soon as it is full.
   *
   * @param sizeBytes - Exact size of what will be pushed, before netascii; undefined when unknown,
   *   then tsize is left out.
   */
  begin(
    options: { readonly sizeBytes?: number; readonly blockBytesMax?: number },
    now: Instant,
  ): void
  /**
   * Adds bytes of the file; the array is kept by reference until acknowledged and must not change.
   */
  push(chunk: Uint8Array, now: Instant): void
  /** No more bytes: the last, short block may go. */
  end(now: Instant): void
  /** True while less than a window beyond the current one is buffered: the front should push. */
  readonly wantsBytes: boolean
}

/** A write: bytes come from the client. Silent (holding) until `accept`. */
export interface WriteTransfer extends ServerTransfer {
  readonly kind: 'write'
  /** The source wants the bytes: sends the OACK or ACK 0. */
  accept(options: { readonly blockBytesMax?: number }, now: Instant): void
  /** While paused no ACK leaves, so the client waits; its repeats are swallowed. */
  pause(): void
  resume(now: Instant): void
  /** The upload was judged and accepted: sends the last ACK. Only after `dataEnded`. */
  finish(now: Instant): void
}

/** A request that never became a transfer. */
export interface RefusedRequest {
  readonly refusal: Refusal
  /** The whole request; valid only during the call. */
  readonly datagram: Uint8Array
  readonly peer: Peer
  readonly socket: SocketId
}

/** Who hears what the endpoint sees. Calls come synchronously from `receive` and `wake`. */
export interface EndpointListener {
  /** A new read. Answer now or later with `begin` or `refuse`; until then repeats are swallowed. */
  readRequested(transfer: ReadTransfer): void
  /** A new write. */
  writeRequested(transfer: WriteTransfer): void
  /** `wantsBytes` became true. */
  bytesWanted(transfer: ReadTransfer): void
  /** Bytes arrived, decoded from netascii if so asked; valid only during the call. */
  dataReceived(transfer: WriteTransfer, bytes: Uint8Array): void
  /** The last block arrived. Judge the upload, then `finish` or `refuse`. */
  dataEnded(transfer: WriteTransfer): void
  /**
   * The client of a held read is about to give up. Optional: what is sent then is up to the
   * listener; called at most once per transfer.
   */
  patienceEnded?(transfer: ReadTransfer): void
  /** Asked while a read is held: what its route says of it by now. Default: nothing. */
  holdTerms?(transfer: ReadTransfer): HoldTerms | undefined
  /** The transfer is over; it hears nothing more. Called exactly once per transfer. */
  transferEnded(transfer: ServerTransfer, outcome: TransferOutcome): void
  /** A request that could not be read was answered with an ERROR. */
  requestRefused?(refused: RefusedRequest): void
  /**
   * A datagram that started nothing: undecodable, refused at once, over a limit, from a stranger.
   */
  datagramDropped(reason: string, peer: Peer, socket: SocketId): void
}

/** Limits and timers of a server endpoint. */
export interface EndpointOptions {
  /** First resend when the client asked for no timeout, in ms, 10–10,000. Default 1000. */
  readonly retryMs?: number
  /** Resends double up to this, in ms. Default 5000. */
  readonly retryMsMax?: number
  /**
   * End without progress, in ms. Default 30,000. Counted from the first answer on: holding is not
   * limited here.
   */
  readonly giveUpMs?: number
  /** Cap on windowsize, in blocks, 1–64. Default 64. */
  readonly windowBlocksMax?: number
  /** How long a finished write repeats its last ACK to repeats, in ms. Default 10,000. */
  readonly lingerMs?: number
  /**
   * Live transfers in all; further requests are dropped in silence, the device asks again. Default
   * 20,000.
   */
  readonly transfersMax?: number
  /** Live transfers for one address. Default 1000 (many devices can stand behind one NAT). */
  readonly transfersPerAddressMax?: number
}
