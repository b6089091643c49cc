/**
 * TFTP without sockets, timers or clocks: the codec, and the machines of server and client.
 *
 * Whoever uses it moves the datagrams, passes the time in, and calls `wake` when `wakeAt` has come.
 *
 * @see RFC 1350, RFC 1123 §4.2.3, RFC 2347, 2348, 2349, RFC 7440
 */
export type {
  BatchHandler,
  InboundBatch,
  LocalSocket,
  Outbox,
  Peer,
  PeerKey,
  SocketId,
} from '../../base/datagram.ts'
export type { Instant } from '../../base/instant.ts'
export { Refusal, type RefusalCode } from '../../base/refusal.ts'
export { type AskedOptions, readOack, requestOptions } from './client-options.ts'
export { ClientRead, type ClientReadOptions } from './client-read.ts'
export {
  type ClientOutcome,
  type ClientStats,
  ClientTransfer,
  type ClientTransferOptions,
} from './client-transfer.ts'
export { ClientWrite, type ClientWriteOptions } from './client-write.ts'
export { TftpErrorCode, tftpErrorFor } from './error-code.ts'
export type { ClientProfile, OptionLine, OptionPattern, Rhythm } from './hold/client-profile.ts'
export { clientProfiles, profileNamed } from './hold/client-profiles.ts'
export { explainHold, type HoldExplanation, type HoldMoment } from './hold/explain-hold.ts'
export { Hold, type HoldOptions, type HoldStep } from './hold/hold.ts'
export { NetasciiDecoder, NetasciiEncoder, netasciiEncodedBytes } from './netascii.ts'
export type { Negotiated } from './negotiated.ts'
export { type NegotiationLimits, negotiate } from './options.ts'
export {
  DATA_HEADER_BYTES,
  decodeError,
  decodeOack,
  decodePacket,
  decodePause,
  decodeRequest,
  encodeAck,
  encodeError,
  encodeOack,
  encodePause,
  encodeRequest,
  Opcode,
  type Packet,
  readUint16,
  writeDataHeader,
  writeUint16,
} from './packet.ts'
export { ServerEndpoint, type ServerEndpointParts } from './server-endpoint.ts'
export type {
  EndpointListener,
  EndpointOptions,
  ReadTransfer,
  ServerTransfer,
  TftpRequest,
  TransferOutcome,
  TransferStats,
  WriteTransfer,
} from './server-events.ts'
export { wireOptionNames } from './wire-options.ts'
