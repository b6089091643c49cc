import { requestOptions } from '../protocol/tftp/client-options.ts'
import type { TftpRequest } from '../protocol/tftp/server-events.ts'
import type { TftpUrl } from './tftp-url.ts'

/** The options that `get` and `put` share. */
export interface TransferCliOptions {
  readonly blksize?: number
  readonly windowsize?: number
  readonly timeout?: number
  /** Of `get` alone. */
  readonly pause?: number
  /** False after `--no-tsize`. */
  readonly tsize: boolean
  readonly netascii?: boolean
  readonly retryMs: number
  readonly giveUpMs: number
  readonly quiet?: boolean
  readonly json?: boolean
}

/**
 * Builds the request that the options ask for. @param sizeBytes - 0 to ask for a size; undefined
 * for none.
 */
export function transferRequest(
  kind: TftpRequest['kind'],
  url: TftpUrl,
  { options, sizeBytes }: { readonly options: TransferCliOptions; readonly sizeBytes?: number },
): TftpRequest {
  return {
    kind,
    filename: url.filename,
    mode: options.netascii ? 'netascii' : url.mode,
    options: requestOptions({
      ...(options.tsize && sizeBytes !== undefined ? { tsize: sizeBytes } : {}),
      ...(options.blksize === undefined ? {} : { blockBytes: options.blksize }),
      ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
      ...(options.pause === undefined ? {} : { pauseSeconds: options.pause }),
      ...(options.windowsize === undefined ? {} : { windowBlocks: options.windowsize }),
    }),
  }
}
