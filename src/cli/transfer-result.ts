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
  return `${heard(report)}, given up after ${report.durationMs} ms`
}

function heard({ blocks, bytes, pause }: TransferReport): string {
  if (blocks > 0) return `no more answers after ${bytes} bytes`
  return pause !== undefined && pause.received > 0 ? 'the file was still being made' : 'no answer'
}

/** Shows how far a transfer is: on a terminal only, and on standard error. */
export class TransferProgress {
  readonly #bar: SingleBar | undefined
  #bytes = 0

  constructor(options: TransferCliOptions) {
    if (options.quiet || options.json || !process.stderr.isTTY) return
    const format = '{bar} {percentage}% {value} of {total} bytes, {duration_formatted}{state}'
    this.#bar = new SingleBar({
      format,
      hideCursor: true,
      stream: process.stderr,
      clearOnComplete: true,
      emptyOnZero: true,
    })
    this.#bar.start(0, 0, { state: '' })
  }

  total(bytes: number | undefined): void {
    if (bytes !== undefined) this.#bar?.setTotal(bytes)
  }

  /** The server has said that the file is not there yet. */
  waiting(): void {
    this.#bar?.update({ state: ', waiting, the server makes the file…' })
  }

  add(bytes: number): void {
    this.#bytes += bytes
    this.#bar?.update(this.#bytes, { state: '' })
  }

  stop(): void {
    this.#bar?.stop()
  }
}
