import type { DatagramTransport } from '../../base/datagram.ts'
import type { Journal } from '../../observe/journal.ts'
import type { EndpointOptions } from '../../protocol/tftp/server-events.ts'
import type { Answerer } from '../../routing/answer.ts'

/** What of a log the front needs. */
export interface TftpFrontLog {
  debug(fields: object, text: string): void
  error(fields: object, text: string): void
}

export interface TftpFrontOptions {
  readonly transport: DatagramTransport
  readonly answer: Answerer
  readonly journal: Journal
  readonly log: TftpFrontLog
  /** Makes a request id, unique within this run of the server. */
  readonly newId: () => string
  readonly endpoint: EndpointOptions
  /** The client profile that the operator gave an address. */
  readonly profileNameOf?: (address: string) => string | undefined
  /**
   * Most bytes collected to learn a size the client asked for, in bytes. Above it tsize is left
   * out.
   */
  readonly collectBytesMax: number
}

/** What the exchanges of one front share. */
export interface TftpFrontParts extends TftpFrontOptions {
  /** Lets what was written leave, once the current turn is done; and sets the next timer. */
  readonly settle: () => void
  readonly now: () => number
}
