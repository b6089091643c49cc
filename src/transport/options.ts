import type { BatchHandler, LocalSocket } from '../base/datagram.ts'
import type { LocalAddress } from './local-address.ts'

/** Where devices send their requests. */
export interface ListenAddress {
  /**
   * A literal address, never a name. A link-local IPv6 address carries its scope (`fe80::1%eth0`).
   * `0.0.0.0` means every IPv4 address of this machine, `::` every IPv6 address and no IPv4.
   */
  readonly address: string
  /** 0–65535; 0 lets the system choose, the same port for all addresses of a wildcard. */
  readonly port: number
}

/** What every transport is opened with. */
export interface TransportOptions {
  /** One or more; an address and port named twice is opened once. */
  readonly listen: readonly ListenAddress[]
  /**
   * True: transfers run on the listening socket itself, for NAT, containers and load balancers that
   * only know one port. Default false.
   */
  readonly singlePort?: boolean
  /**
   * Ports per local address that transfers take in turn, 1–1024. Default 16. Unused with
   * `singlePort`.
   */
  readonly transferPorts?: number
  /**
   * True: other transports, in this process or another, may listen on the same places, and the
   * system gives each client to one of them (`SO_REUSEPORT`). Default false.
   */
  readonly reusePort?: boolean
  /**
   * Receive buffer asked for each socket, in bytes, 4096–67,108,864. Default 4,194,304. The system
   * may grant less; that is not an error, and `onDebug` tells what was got.
   */
  readonly receiveBufferBytes?: number
  /** Called with what was received; must not keep the batch. */
  readonly onBatch: BatchHandler
  /** What an operator should see: one sentence on one line, at a bounded rate. */
  readonly onWarning: (message: string) => void
  /** What helps when looking closer. Default: nobody listens. */
  readonly onDebug?: (message: string) => void
  /**
   * Told after addresses came or went, with the listeners there are now. Default: nobody listens.
   */
  readonly onAddressesChanged?: (listeners: readonly LocalSocket[]) => void
  /** How often a wildcard looks for new addresses, in milliseconds, 1–3,600,000. Default 5000. */
  readonly addressPollMs?: number
  /** Lists the addresses of this machine. Default: what the operating system says. */
  readonly localAddresses?: () => readonly LocalAddress[]
}

/** The options with their defaults in place. */
export type TransportSettings = Required<TransportOptions>

const RANGES = {
  transferPorts: [1, 1024],
  receiveBufferBytes: [4096, 64 << 20],
  addressPollMs: [1, 3_600_000],
} as const

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} When a number is outside its range, or nothing is to be listened on.
 */
export function transportSettings(
  options: TransportOptions,
  localAddresses: () => readonly LocalAddress[],
): TransportSettings {
  if (options.listen.length === 0) {
    throw new RangeError('Cannot open a transport: there is no address to listen on')
  }
  const settings: TransportSettings = {
    singlePort: false,
    reusePort: false,
    transferPorts: 16,
    receiveBufferBytes: 4 << 20,
    addressPollMs: 5000,
    onDebug: () => {},
    onAddressesChanged: () => {},
    localAddresses,
    ...options,
  }
  for (const name of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const [least, most] = RANGES[name]
    const value = settings[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new RangeError(`Cannot accept ${name} "${value}": the range is ${least} to ${most}`)
  }
  return settings
}
