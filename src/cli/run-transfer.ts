import type { ClientOutcome, ClientTransfer } from '../protocol/tftp/client-transfer.ts'
import type { ClientSocket } from './client-socket.ts'

/** What came of a transfer, as `--json` prints it. */
export interface TransferReport {
  readonly outcome: ClientOutcome['kind']
  readonly bytes: number
  readonly blocks: number
  readonly retransmits: number
  readonly durationMs: number
  /** What the server acknowledged. */
  readonly options: Readonly<Record<string, string>>
  /** Where `--pause` was asked: PAUSEs that came, and the wait for OACK or DATA. */
  readonly pause?: { readonly received: number; readonly waitedSeconds: number }
  /** The server's ERROR. */
  readonly error?: { readonly code: number; readonly message: string }
  /** Why the client ended it. */
  readonly reason?: string
}

/** Drives a client's machine with a socket and a clock until it is over. */
export class TransferRun {
  readonly #socket: ClientSocket
  readonly #transfer: ClientTransfer
  readonly #startedAt = performance.now()
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(socket: ClientSocket, transfer: ClientTransfer) {
    this.#socket = socket
    this.#transfer = transfer
  }

  start(): void {
    this.#socket.onDatagram((datagram, from) => {
      this.#transfer.receive(datagram, from, performance.now())
      this.settle()
    })
    this.#socket.onError(() => {})
    this.#transfer.start(performance.now())
    this.settle()
  }

  /** Sets the timer anew: after everything that may have moved it. */
  settle(): void {
    clearTimeout(this.#timer)
    const { wakeAt } = this.#transfer
    if (this.#isOver || wakeAt === undefined) return
    this.#timer = setTimeout(
      () => {
        this.#transfer.wake(performance.now())
        this.settle()
      },
      Math.max(1, wakeAt - performance.now()),
    )
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#socket.close()
  }

  report(outcome: ClientOutcome): TransferReport {
    const { stats, negotiated, pauseCount, answeredAt } = this.#transfer
    const now = performance.now()
    const waitedMs = Math.round((answeredAt ?? now) - this.#startedAt)
    return {
      outcome: outcome.kind,
      ...stats,
      durationMs: Math.round(now - this.#startedAt),
      options: Object.fromEntries(negotiated?.acknowledged ?? []),
      ...(pauseCount === undefined
        ? {}
        : { pause: { received: pauseCount, waitedSeconds: waitedMs / 1000 } }),
      ...(outcome.kind === 'refused'
        ? { error: { code: outcome.code, message: outcome.message } }
        : {}),
      ...(outcome.kind === 'aborted' ? { reason: outcome.message } : {}),
    }
  }
}
