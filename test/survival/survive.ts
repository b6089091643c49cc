import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import { VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { ClientTiming } from './client-timing.ts'
import { NaiveServer, type NaiveStrategy } from './naive-server.ts'
import { type Fate, TimedClient } from './timed-client.ts'
import { TrivetServer } from './trivet-server.ts'

/** What came of one client and one slow file; of its last wish, if it asked again. */
export interface Survival {
  readonly fate: Fate
  readonly isRight: boolean
  /** Requests that it put on the wire. */
  readonly requestCount: number
  /** From its first request to the file, or to its giving up, in ms. */
  readonly endedMs: number
  /** How often the file was made; undefined: not counted. */
  readonly generations: number | undefined
}

const server = memoryPeer('10.0.0.1', 69)
const FIRST_PORT = 49_152
/** Until a client that gave up asks again. */
const REBOOT_MS = 5000
const bytes = Uint8Array.from({ length: 3000 }, (_, index) => (index * 31) & 0xff)
const faultless = { lossRate: 0, duplicateRate: 0, reorderRate: 0, latencyMs: 1, jitterMs: 0 }

/** Lets a client wait for a file that a naive server has after `delayMs`. */
export function surviveNaive(
  timing: ClientTiming,
  strategy: NaiveStrategy,
  delayMs: number,
): Survival {
  return survive(timing, (network) => {
    void new NaiveServer(network, strategy, { bytes, delayMs })
    return () => undefined
  })
}

/**
 * The same with Trivet.
 *
 * @param options.knowsSize - Whether the generator tells the size at once.
 * @param options.wishesMax - How often the client asks anew, with all its patience, for a file that
 *   it gave up.
 */
export function surviveTrivet(
  timing: ClientTiming,
  delayMs: number,
  options: { readonly knowsSize?: boolean; readonly wishesMax?: number } = {},
): Survival {
  const { knowsSize = false, wishesMax = 1 } = options
  const serve = (network: VirtualNetwork): (() => number) => {
    const trivet = new TrivetServer(network, { bytes, delayMs }, knowsSize)
    return () => trivet.generations
  }
  return survive(timing, serve, wishesMax)
}

function survive(
  timing: ClientTiming,
  serve: (network: VirtualNetwork) => () => number | undefined,
  wishesMax = 1,
): Survival {
  const network = new VirtualNetwork(() => 0.5, faultless)
  const generationsOf = serve(network)
  const clients: TimedClient[] = []
  let fate: Fate = 'gave-up'
  let endedMs = 0
  const wish = (): void => {
    const port = FIRST_PORT + (timing.reusesPort === true ? 0 : 2 * clients.length)
    const onEnd = (ended: Fate): void => {
      fate = ended
      endedMs = network.now
      if (ended === 'gave-up' && clients.length < wishesMax) network.after(REBOOT_MS, wish)
    }
    const peer = memoryPeer('10.0.0.9', port)
    clients.push(new TimedClient({ network, timing, server, filename: 'slow', peer, onEnd }))
  }
  wish()
  network.run(3)
  const isRight = Buffer.compare(clients.at(-1)?.bytes ?? new Uint8Array(0), bytes) === 0
  const requestCount = clients.reduce((sum, client) => sum + client.requestCount, 0)
  return { fate, isRight, requestCount, endedMs, generations: generationsOf() }
}
