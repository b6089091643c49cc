import { Refusal } from '../../base/refusal.ts'
import type { WalkStep } from '../../kits/kit-schema.ts'
import { ClientRead } from '../../protocol/tftp/client-read.ts'
import type { ClientOutcome, ClientTransferOptions } from '../../protocol/tftp/client-transfer.ts'
import { ClientWrite } from '../../protocol/tftp/client-write.ts'
import { TftpErrorCode } from '../../protocol/tftp/error-code.ts'
import { decodePacket, encodeRequest, type Packet } from '../../protocol/tftp/packet.ts'
import type { TftpRequest } from '../../protocol/tftp/server-events.ts'
import { sendDatagram, sendError } from '../../protocol/tftp/wire-path.ts'
import { ClientSocket } from '../client-socket.ts'
import { TransferRun } from '../run-transfer.ts'
import { bareAnswer, KeptBytes, type StepAnswer } from './step-answer.ts'

/** Where the server is, and how long it is waited for. */
export interface AskedServer {
  readonly host: string
  readonly port: number
  /** End without an answer, in ms. */
  readonly giveUpMs: number
  /** The address to ask from. Default: as the system chooses. */
  readonly from?: string | undefined
}

/** First wait before a request is repeated, in ms. */
const RETRY_MS = 1000

/** Asks by TFTP as a step says, from a port of its own: a read, a read that is stopped, a write. */
export async function askByTftp(step: WalkStep, server: AskedServer): Promise<StepAnswer> {
  const request: TftpRequest = {
    kind: step.put === undefined ? 'read' : 'write',
    filename: new TextEncoder().encode(step.put ?? step.ask ?? ''),
    mode: step.mode,
    options: new Map(step.options.map(([name, value]) => [name.toLowerCase(), value])),
  }
  const socket = await ClientSocket.open(server.host, server.port, server.from)
  if (step.answer === 'stopped') return await stopAtOack(request, { socket, server })
  return step.put === undefined
    ? await read(request, { socket, server })
    : await write(request, step.body ?? '', { socket, server })
}

interface Asking {
  readonly socket: ClientSocket
  readonly server: AskedServer
}

async function read(request: TftpRequest, asking: Asking): Promise<StepAnswer> {
  const kept = new KeptBytes()
  const { promise, resolve: onEnd } = Promise.withResolvers<ClientOutcome>()
  const parts = partsOf(request, asking, onEnd)
  const transfer = new ClientRead({ ...parts, onBytes: (bytes) => kept.take(bytes) })
  const run = new TransferRun(asking.socket, transfer)
  run.start()
  const outcome = await promise
  run.stop()
  const options = transfer.negotiated?.acknowledged ?? new Map<string, string>()
  const { bytes, sizeBytes } = kept
  return { ...answerOf(outcome), bytes, sizeBytes, options }
}

async function write(request: TftpRequest, body: string, asking: Asking): Promise<StepAnswer> {
  const { promise, resolve: onEnd } = Promise.withResolvers<ClientOutcome>()
  const transfer = new ClientWrite({
    ...partsOf(request, asking, onEnd),
    onBytesWanted: () => {
      transfer.push(new TextEncoder().encode(body), performance.now())
      transfer.finish(performance.now())
    },
  })
  const run = new TransferRun(asking.socket, transfer)
  run.start()
  const outcome = await promise
  run.stop()
  return answerOf(outcome)
}

function partsOf(
  request: TftpRequest,
  { socket, server }: Asking,
  onEnd: ClientTransferOptions['onEnd'],
): ClientTransferOptions {
  const { giveUpMs } = server
  return { outbox: socket, socket: 0, server: socket.server, request, giveUpMs, onEnd }
}

function answerOf(outcome: ClientOutcome): StepAnswer {
  switch (outcome.kind) {
    case 'done':
      return bareAnswer('file')
    case 'timed-out':
      return bareAnswer('silent')
    case 'aborted':
      return bareAnswer('refused', outcome.message)
    case 'refused':
      return refusedAnswer(outcome.code, outcome.message)
  }
}

function refusedAnswer(code: number, message: string): StepAnswer {
  const kind = code === TftpErrorCode.fileNotFound ? 'missing' : 'refused'
  return bareAnswer(kind, `ERROR ${code}: ${message}`)
}

/**
 * Asks for the size alone, as the first request of UEFI PXE does: the OACK is answered with ERROR 8
 * instead of ACK 0.
 */
async function stopAtOack(request: TftpRequest, { socket, server }: Asking): Promise<StepAnswer> {
  const { promise, resolve } = Promise.withResolvers<StepAnswer>()
  const toListener = { outbox: socket, socket: 0, peer: socket.server }
  const ask = (): void => sendDatagram(toListener, encodeRequest(request))
  socket.onError(() => {})
  socket.onDatagram((datagram, from) => {
    if (from.address !== socket.server.address) return
    const packet = packetOf(datagram)
    if (packet === undefined) return
    if (packet.opcode === 'error') resolve(refusedAnswer(packet.code, packet.message))
    if (packet.opcode === 'data') resolve(bareAnswer('refused', 'DATA without an OACK'))
    if (packet.opcode !== 'oack') return
    const stop = { code: TftpErrorCode.optionRefused, message: 'User aborted the transfer' }
    sendError({ ...toListener, peer: from }, stop)
    const sizeBytes = Number(packet.options.get('tsize') ?? 0)
    resolve({ ...bareAnswer('stopped'), sizeBytes, options: packet.options })
  })
  const repeating = setInterval(ask, RETRY_MS)
  const giving = setTimeout(() => resolve(bareAnswer('silent')), server.giveUpMs)
  ask()
  const answer = await promise
  clearInterval(repeating)
  clearTimeout(giving)
  socket.close()
  return answer
}

/** Undefined for what is no packet: it is passed over. */
function packetOf(datagram: Uint8Array): Packet | undefined {
  try {
    return decodePacket(datagram)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
