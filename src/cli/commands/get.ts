import { ClientRead } from '../../protocol/tftp/client-read.ts'
import type { ClientOutcome } from '../../protocol/tftp/client-transfer.ts'
import { ClientSocket } from '../client-socket.ts'
import { ExitStatus } from '../command-error.ts'
import { DownloadTarget } from '../download-target.ts'
import { TransferRun } from '../run-transfer.ts'
import { parseTftpUrl } from '../tftp-url.ts'
import { type TransferCliOptions, transferRequest } from '../transfer-request.ts'
import { printResult, TransferProgress } from '../transfer-result.ts'

export interface GetOptions extends TransferCliOptions {
  readonly output?: string
}

/** Fetches a file. @returns The exit status. */
export async function get(text: string, options: GetOptions): Promise<number> {
  const url = parseTftpUrl(text)
  const socket = await ClientSocket.open(url.host, url.port)
  const target = new DownloadTarget(options.output)
  const progress = new TransferProgress(options)
  const { promise, resolve: onEnd } = Promise.withResolvers<ClientOutcome>()
  const transfer = new ClientRead({
    outbox: socket,
    socket: 0,
    server: socket.server,
    request: transferRequest('read', url, { options, sizeBytes: 0 }),
    retryMs: options.retryMs,
    giveUpMs: options.giveUpMs,
    onEnd,
    onPause: () => progress.waiting(),
    onBytes: (bytes) => {
      progress.total(transfer.sizeBytes)
      progress.add(bytes.length)
      if (!target.write(bytes)) pauseUntilDrained()
    },
  })
  const run = new TransferRun(socket, transfer)
  let isPaused = false
  const pauseUntilDrained = (): void => {
    if (isPaused) return
    isPaused = true
    transfer.pause()
    target.stream.once('drain', () => {
      isPaused = false
      transfer.resume(performance.now())
      run.settle()
    })
  }
  target.stream.on('error', (error) => transfer.abort(`cannot write: ${error.message}`))
  run.start()
  const outcome = await promise
  progress.stop()
  run.stop()
  const report = run.report(outcome)
  const isWritten = await target.close(outcome.kind === 'done')
  const status = printResult(report, options)
  return isWritten ? status : ExitStatus.localFile
}
