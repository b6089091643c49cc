import { memoryPeer } from '../../src/testing/memory-datagrams.ts'
import { VirtualNetwork } from '../../src/testing/virtual-network.ts'
import type { ClientTiming } from './client-timing.ts'
import { NaiveServer, type NaiveStrategy } from './naive-server.ts'
import { type Fate, TimedClient } from './timed-client.ts'
import { TrivetServer } from './trivet-server.ts'

/** What came of one client and one slow file. */
export interface Survival {
  readonly fate: Fate
  readonly isRight: boolean
  readonly requestCount: number
  /** How often the file was made; undefined: not counted. */
  readonly generations: number | undefined
}

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

/** The same with Trivet. @param knowsSize - Whether the generator tells the size at once. */
export function surviveTrivet(
  timing: ClientTiming,
  delayMs: number,
  { knowsSize } = { knowsSize: false },
): Survival {
  return survive(timing, (network) => {
    const server = new TrivetServer(network, { bytes, delayMs }, knowsSize)
    return () => server.generations
  })
}

function survive(
  timing: ClientTiming,
  serve: (network: VirtualNetwork) => () => number | undefined,
): Survival {
  const network = new VirtualNetwork(() => 0.5, faultless)
  const generationsOf = serve(network)
  const ended: Fate[] = []
  const client = new TimedClient({
    network,
    timing,
    server: memoryPeer('10.0.0.1', 69),
    filename: 'slow',
    peer: memoryPeer('10.0.0.9', 49_152),
    onEnd: (fate) => void ended.push(fate),
  })
  network.run(3)
  const [fate = 'gave-up'] = ended
  const isRight = Buffer.compare(client.bytes, bytes) === 0
  return { fate, isRight, requestCount: client.requestCount, generations: generationsOf() }
}
