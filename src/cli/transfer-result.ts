import { SingleBar } from 'cli-progress'
import { ExitStatus } from './command-error.ts'
import type { TransferReport } from './run-transfer.ts'
import type { TransferCliOptions } from './transfer-request.ts'

/** Prints what happened. @returns The exit status. */
export function printResult(report: TransferReport, options: TransferCliOptions): number {
  if (options.json) process.stderr.write(`${JSON.stringify(report)}\n`)
  else if (report.outcome !== 'done') process.stderr.write(`trivet: ${describe(report)}\n`)
  if (report.outcome === 'done') return ExitStatus.done
  return report.outcome === 'timed-out' ? ExitStatus.noAnswer : ExitStatus.refused
}

function describe(report: TransferReport): string {
  const { error, reason } = report
  if (error !== undefined) return `the server answered ERROR ${error.code}: ${error.message}`
  if (reason !== undefined) return reason
  const heard = report.blocks === 0 ? 'no answer' : `no more answers after ${report.bytes} bytes`
  return `${heard}, given up after ${report.durationMs} ms`
}

/** Shows how far a transfer is: on a terminal only, and on standard error. */
export class TransferProgress {
  readonly #bar: SingleBar | undefined
  #bytes = 0

  constructor(options: TransferCliOptions) {
    if (options.quiet || options.json || !process.stderr.isTTY) return
    const format = '{bar} {percentage}% {value} of {total} bytes, {duration_formatted}'
    this.#bar = new SingleBar({
      format,
      hideCursor: true,
      stream: process.stderr,
      clearOnComplete: true,
    })
    this.#bar.start(0, 0)
  }

  total(bytes: number | undefined): void {
    if (bytes !== undefined) this.#bar?.setTotal(bytes)
  }

  add(bytes: number): void {
    this.#bytes += bytes
    this.#bar?.update(this.#bytes)
  }

  stop(): void {
    this.#bar?.stop()
  }
}
