import assert from 'node:assert/strict'

import { Refusal } from '../../src/base/refusal.ts'
import {
  NetasciiDecoder,
  NetasciiEncoder,
  netasciiEncodedBytes,
} from '../../src/protocol/tftp/netascii.ts'
import {
  type Negotiated,
  type NegotiationLimits,
  negotiate,
  readOack,
} from '../../src/protocol/tftp/options.ts'
import {
  decodeOack,
  decodePacket,
  decodePause,
  decodeRequest,
  encodeError,
  encodeOack,
  encodePause,
  encodeRequest,
  type Packet,
} from '../../src/protocol/tftp/packet.ts'
import type { TftpRequest } from '../../src/protocol/tftp/server-events.ts'
import type { FuzzTarget } from './target.ts'

const OPTIONS_MAX = 32
const MESSAGE_CHARACTERS_MAX = 512
const ERROR_BYTES_MAX = 4 + 200 + 1
const control = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const ethernet = { payloadBytesMax: 1472, windowBlocksMax: 64 } satisfies NegotiationLimits
const limits: readonly NegotiationLimits[] = [
  { ...ethernet, sizeBytes: 33, isPauseGranted: true },
  { payloadBytesMax: 65_507, windowBlocksMax: 1, blockBytesMax: 1000, sizeBytes: 0 },
]

/** What a curious client asks, for OACKs out of the blue. */
const asked: ReadonlyMap<string, string> = new Map([
  ['blksize', '1468'],
  ['windowsize', '16'],
  ['timeout', '3'],
  ['utimeout', '250000'],
  ['tsize', '0'],
  ['rollover', '1'],
  ['pause', '60'],
])

/**
 * The codec: whatever comes, nothing but `Refusal` is thrown, results stay within their ranges, and
 * what was understood survives being written and read again.
 */
export const decoderTarget: FuzzTarget = {
  name: 'decoder',
  run(datagram) {
    const packet = orRefusal(() => decodePacket(datagram))
    if (packet !== undefined) check(packet)
  },
}

function check(packet: Packet): void {
  switch (packet.opcode) {
    case 'rrq':
    case 'wrq':
      return checkRequest(packet.request)
    case 'oack':
      return checkOack(packet.options)
    case 'error':
      return checkError(packet)
    case 'data':
      checkBlockNumber(packet.blockNumber)
      return checkNetascii(packet.payload)
    case 'ack':
      return checkBlockNumber(packet.blockNumber)
    case 'pause':
      return checkPause(packet.seconds)
  }
}

function checkRequest(request: TftpRequest): void {
  const { filename, options } = request
  ensure(filename.length > 0 && !filename.includes(0), 'the name is empty or holds NUL')
  ensure(options.size <= OPTIONS_MAX, 'there are too many options')
  const again = decodeRequest(encodeRequest(request))
  ensure(Buffer.compare(again.filename, filename) === 0, 'the name has changed')
  ensure(isSame(again.options, options), 'the options have changed')
  for (const limit of limits) {
    const agreed = negotiate(request, limit)
    checkNegotiated(agreed, options)
    ensure(agreed.windowBlocks <= limit.windowBlocksMax, 'the window is over its limit')
    const isAsked = agreed.acknowledged.has('blksize') || agreed.acknowledged.has('blksize2')
    const blockBytesMax = Math.min(limit.payloadBytesMax - 4, limit.blockBytesMax ?? Infinity)
    ensure(agreed.blockBytes <= (isAsked ? blockBytesMax : 512), 'the block is over its limit')
    ensure(agreed.acknowledged.get('tsize') !== '0' || request.kind === 'write', 'tsize is 0')
    const oack = decodeOack(encodeOack(agreed.acknowledged))
    ensure(isSame(oack, agreed.acknowledged), 'the OACK has changed')
  }
}

function checkOack(options: ReadonlyMap<string, string>): void {
  ensure(options.size <= OPTIONS_MAX, 'there are too many options')
  ensure(isSame(decodeOack(encodeOack(options)), options), 'the options have changed')
  const agreed = orRefusal(() => readOack(asked, options))
  if (agreed !== undefined) checkNegotiated(agreed, asked)
  checkNegotiated(readOack(asked, new Map()), asked)
}

function checkNegotiated(agreed: Negotiated, options: ReadonlyMap<string, string>): void {
  const { acknowledged, blockBytes, windowBlocks, retryMs = 10, uploadBytes, sizeBytes } = agreed
  for (const name of acknowledged.keys()) ensure(options.has(name), `${name} was not asked`)
  ensure(isWithin(blockBytes, 8, 65_464), `the block has ${blockBytes} bytes`)
  ensure(isWithin(windowBlocks, 1, 65_535), `the window has ${windowBlocks} blocks`)
  ensure(retryMs >= 10 && retryMs <= 255_000, `the wait is ${retryMs} ms`)
  ensure(isWithin(uploadBytes ?? 0, 0, Number.MAX_SAFE_INTEGER), `the upload is ${uploadBytes}`)
  ensure(isWithin(sizeBytes ?? 0, 0, Number.MAX_SAFE_INTEGER), `the size is ${sizeBytes}`)
}

function checkError({ code, message }: { code: number; message: string }): void {
  checkBlockNumber(code)
  ensure(message.length <= MESSAGE_CHARACTERS_MAX, 'the message is too long')
  ensure(!control.test(message), 'the message cannot be shown')
  const encoded = encodeError({ code, message })
  ensure(encoded.length <= ERROR_BYTES_MAX && encoded.at(-1) === 0, 'the ERROR is too long')
}

function checkBlockNumber(number: number): void {
  ensure(isWithin(number, 0, 65_535), `${number} has more than 16 bits`)
}

function checkPause(seconds: number): void {
  ensure(isWithin(seconds, 0, 65_535), `${seconds} has more than 16 bits`)
  ensure(decodePause(encodePause(seconds)) === seconds, 'the seconds have changed')
}

function checkNetascii(payload: Uint8Array): void {
  const encoded = new NetasciiEncoder().encode(payload)
  ensure(encoded.length === netasciiEncodedBytes(payload), 'netascii has another length')
  const decoder = new NetasciiDecoder()
  const middle = encoded.length >> 1
  const pieces = [encoded.subarray(0, middle), encoded.subarray(middle)]
  const decoded = [...pieces.map((piece) => decoder.decode(piece)), decoder.end()]
  ensure(Buffer.concat(decoded).equals(payload), 'netascii has changed the bytes')
}

function orRefusal<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function ensure(claim: boolean, fault: string): void {
  if (!claim) assert.fail(fault)
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value)
}
