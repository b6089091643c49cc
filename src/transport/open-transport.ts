import { existsSync } from 'node:fs'
import type { DatagramTransport } from '../base/datagram.ts'
import { addonPath, type BatchAddon, loadBatchAddon } from './batch/addon.ts'
import { openBatchTransport } from './batch/batch-transport.ts'
import { openDgramTransport } from './dgram/dgram-transport.ts'
import type { TransportOptions } from './options.ts'

/** Which transport is wanted, and where its addon is. */
export interface TransportChoice {
  /** `batch`, `dgram`, or nothing for the better one that runs here. Default `TRIVET_TRANSPORT`. */
  readonly name?: string | undefined
  /** Default: where the installation built it. */
  readonly addonPath?: string
}

/**
 * Opens the transport on the addon where that can be loaded, else the one on `node:dgram`.
 *
 * A server is never kept from starting for want of the addon: one line tells why it is not used.
 *
 * @throws {ListenError} When an address cannot be listened on; nothing is left open then.
 * @throws {RangeError} When an option is out of its range, or no transport has that name.
 * @throws {Error} When the batch transport was asked for by name and its addon cannot be loaded.
 */
export async function openTransport(
  options: TransportOptions,
  choice: TransportChoice = {},
): Promise<DatagramTransport> {
  const { name = process.env['TRIVET_TRANSPORT'] ?? '', addonPath: path = addonPath } = choice
  if (name !== '' && name !== 'batch' && name !== 'dgram') {
    throw new RangeError(`Cannot accept TRIVET_TRANSPORT "${name}": it is "batch" or "dgram"`)
  }
  if (name === 'dgram') return openDgramTransport(options)
  const addon = findAddon(path)
  if (!(addon instanceof Error)) return openBatchTransport(addon, options)
  const { message } = addon
  if (name === 'batch') throw new Error(`Cannot use the batch transport: ${message}`)
  // Elsewhere than on Linux there is none, and nothing is wrong.
  const tell = process.platform === 'linux' ? options.onWarning : options.onDebug
  tell?.(`Datagrams are sent one by one, for there is no batch transport: ${message}`)
  return openDgramTransport(options)
}

function findAddon(path: string): BatchAddon | Error {
  if (!existsSync(path)) return new Error(`${path} was not built`)
  try {
    return loadBatchAddon(path)
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
    return new Error(reason)
  }
}
