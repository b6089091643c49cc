import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** An open set of sockets inside the addon; what it is, only the addon knows. */
export type NativeTransport = object & { readonly native: unique symbol }

/** What `native/batch.c` offers. Words are laid out as `words.ts` says. */
export interface BatchAddon {
  /**
   * Begins a set of sockets that receives into these arrays.
   *
   * @param onReady - Told how many datagrams were received, and whether a socket that was full can
   *   send again.
   */
  create(
    slab: Uint8Array,
    offsets: Uint32Array,
    lengths: Uint32Array,
    ends: Uint32Array,
    onReady: (count: number, isWritable: boolean) => void,
  ): NativeTransport
  /**
   * Binds a socket.
   *
   * @param flags - The sum of what `words.ts` names.
   * @param out - Gets the socket's number, its port, and the receive buffer it was granted, in
   *   bytes.
   * @returns 0, or the system's error number, negative.
   */
  bind(
    transport: NativeTransport,
    address: string,
    port: number,
    bufferBytes: number,
    flags: number,
    out: Uint32Array,
  ): number
  /**
   * Sends runs, as `words.ts` lays them out.
   *
   * @param results - Gets two words for each run: 0 or an error number, and how many bytes are done
   *   with.
   * @returns How many runs have an error number.
   */
  send(
    transport: NativeTransport,
    slab: Uint8Array,
    runs: Uint32Array,
    count: number,
    results: Int32Array,
  ): number
  /** Closes every socket at once; `onClosed` is called in a later turn of the event loop. */
  close(transport: NativeTransport, onClosed: () => void): void
}

/**
 * Where `npm ci` leaves the addon: `build` of this package, as seen from its sources and from what
 * is built of them.
 */
export const addonPath = fileURLToPath(
  new URL(`../../../build/trivet-batch-${process.platform}-${process.arch}.node`, import.meta.url),
)

const require = createRequire(import.meta.url)

/** @throws {Error} When the addon was not built, or was built for another system. */
export function loadBatchAddon(path: string): BatchAddon {
  return require(path) as BatchAddon
}
