import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ClientOutcome } from '../../protocol/tftp/client-transfer.ts'
import { ClientWrite } from '../../protocol/tftp/client-write.ts'
import { ClientSocket } from '../client-socket.ts'
import { ExitStatus } from '../command-error.ts'
import { TransferRun } from '../run-transfer.ts'
import { parseTftpUrl } from '../tftp-url.ts'
import { type TransferCliOptions, transferRequest } from '../transfer-request.ts'
import { printResult, TransferProgress } from '../transfer-result.ts'

/** Uploads a file. @returns The exit status. */
export async function put(
  file: string,
  text: string,
  options: TransferCliOptions,
): Promise<number> {
  const url = parseTftpUrl(text)
  const source = await openSource(file)
  if (source === undefined) return ExitStatus.localFile
  const socket = await ClientSocket.open(url.host, url.port)
  const progress = new TransferProgress(options)
  progress.total(source.sizeBytes)
  const { promise, resolve: onEnd } = Promise.withResolvers<ClientOutcome>()
  const { sizeBytes } = source
  const transfer = new ClientWrite({
    outbox: socket,
    socket: 0,
    server: socket.server,
    request: transferRequest('write', url, {
      options,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    }),
    retryMs: options.retryMs,
    giveUpMs: options.giveUpMs,
    onEnd,
    onBytesWanted: () => void feed(),
  })
  const run = new TransferRun(socket, transfer)
  const feed = feeder(transfer, source.chunks, { run, progress })
  run.start()
  const outcome = await promise
  progress.stop()
  run.stop()
  await source.chunks.return?.(undefined)
  return printResult(run.report(outcome), options)
}

interface Source {
  readonly chunks: AsyncIterator<Buffer>
  readonly sizeBytes: number | undefined
}

async function openSource(file: string): Promise<Source | undefined> {
  if (file === '-') return { chunks: process.stdin[Symbol.asyncIterator](), sizeBytes: undefined }
  try {
    const { size } = await stat(file)
    return { chunks: createReadStream(file)[Symbol.asyncIterator](), sizeBytes: size }
  } catch (error) {
    process.stderr.write(`trivet: ${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}

/** Pushes bytes while the transfer wants them; calls while it is at work do nothing. */
function feeder(
  transfer: ClientWrite,
  chunks: AsyncIterator<Buffer>,
  parts: { readonly run: TransferRun; readonly progress: TransferProgress },
): () => Promise<void> {
  let isBusy = false
  let isEnded = false
  return async () => {
    if (isBusy || isEnded) return
    isBusy = true
    try {
      while (transfer.wantsBytes && !isEnded) {
        const { done, value } = await chunks.next()
        if (transfer.isOver) return
        if (done) {
          isEnded = true
          transfer.finish(performance.now())
        } else {
          parts.progress.add(value.length)
          transfer.push(value, performance.now())
        }
        parts.run.settle()
      }
    } catch (error) {
      transfer.abort(`cannot read: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      isBusy = false
    }
  }
}
