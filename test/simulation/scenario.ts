import type { EndpointOptions, TftpRequest } from '../../src/protocol/tftp/server-events.ts'
import type { NetworkFaults } from '../../src/testing/virtual-network.ts'
import { Random } from '../fuzz/random.ts'

/** How the bytes of a file come to the server, or leave it. */
export interface SourceRhythm {
  /** Until the first sign, in ms. */
  readonly holdMs: number
  /** Bytes that are there, or are taken, at a time. */
  readonly chunkBytes: number
  /** Between two chunks, in ms; 0: no wait. */
  readonly gapMs: number
  /** Reads: whether the size is known before. */
  readonly isSizeKnown: boolean
  /** How long an upload is judged, in ms. */
  readonly judgeMs: number
  /** Whether the source says no in the end, and after how many bytes. */
  readonly refusedAfter: number | undefined
}

/** One file that one client wants to get or put. */
export interface Job {
  readonly id: number
  readonly request: TftpRequest
  /** The file, as its source has it. */
  readonly bytes: Uint8Array
  readonly source: SourceRhythm
  /** The client goes away without a word, in ms from its start. */
  readonly vanishesAfterMs: number | undefined
}

/** One client with one port; its jobs come one after the other. */
export interface ClientPlan {
  readonly address: string
  readonly port: number
  readonly startMs: number
  readonly retryMs: number
  readonly jobs: readonly Job[]
}

/** All that happens in one simulation. */
export interface Scenario {
  readonly seed: number
  readonly faults: NetworkFaults
  readonly server: EndpointOptions & { readonly isSinglePort: boolean }
  readonly clients: readonly ClientPlan[]
}

const text = new TextEncoder()

/** Draws a scenario; the same for a seed. */
export function drawScenario(seed: number): Scenario {
  const draw = new Draw(seed)
  const isLong = draw.chance(0.02)
  const faults = isLong ? draw.fewFaults() : draw.faults()
  const isReliable = faults.lossRate + faults.duplicateRate + faults.reorderRate === 0
  const clients: ClientPlan[] = []
  const clientCount = isLong ? 1 : draw.between(1, 5)
  for (let index = 0; index < clientCount; index += 1) {
    // A late packet of one file looks like the first of the next file on the same port, and nothing
    // in the protocol helps: so no more than one, unless nothing can be late.
    const jobCount = isReliable && !isLong ? draw.between(1, 4) : 1
    const isOnly = jobCount === 1
    const jobs = Array.from({ length: jobCount }, (_, id) =>
      draw.job(index * 10 + id, { isLong, isOnly }),
    )
    clients.push({
      address: `10.0.${draw.between(1, 3)}.${index + 1}`,
      port: draw.between(1024, 65_536),
      startMs: draw.between(0, 3000),
      retryMs: draw.pick(isOnly ? [100, 250, 1000, 3000, 5000] : [1000, 3000]),
      jobs,
    })
  }
  const isSinglePort = draw.chance(0.3)
  const windowBlocksMax = draw.chance(0.3) ? draw.between(1, 65) : 64
  return { seed, faults, server: { isSinglePort, windowBlocksMax }, clients }
}

class Draw {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** A whole number from `least` up to, but not including, `limit`. */
  between(least: number, limit: number): number {
    return least + this.#random.below(limit - least)
  }

  chance(rate: number): boolean {
    return this.#random.below(1_000_000) < rate * 1_000_000
  }

  pick<T>(items: readonly T[]): T {
    return this.#random.pick(items)
  }

  faults(): NetworkFaults {
    return {
      lossRate: this.pick([0, 0, 0.01, 0.05, 0.1, 0.2, 0.3]),
      duplicateRate: this.pick([0, 0, 0.01, 0.1, 0.3]),
      reorderRate: this.pick([0, 0, 0.01, 0.1, 0.3]),
      latencyMs: this.pick([0.05, 1, 10, 80]),
      jitterMs: this.pick([0, 0.5, 5, 40]),
    }
  }

  /** For files so long that a lossy network would take days. */
  fewFaults(): NetworkFaults {
    const lossRate = this.pick([0, 0.0001, 0.001])
    return { lossRate, duplicateRate: lossRate, reorderRate: lossRate, latencyMs: 1, jitterMs: 0.5 }
  }

  job(id: number, { isLong, isOnly }: { isLong: boolean; isOnly: boolean }): Job {
    const isRead = this.chance(0.6)
    const mode = this.chance(0.2) ? 'netascii' : 'octet'
    const options = isLong ? this.#longOptions() : this.#options(isRead)
    if (!isOnly) options.delete('utimeout')
    const bytes = this.#file(isLong ? 8 : this.#blockBytes(options), isLong)
    if (!isRead && options.has('tsize')) options.set('tsize', String(bytes.length))
    const filename = text.encode(`file-${id}`)
    return {
      id,
      request: { kind: isRead ? 'read' : 'write', filename, mode, options },
      bytes,
      source: this.#rhythm(bytes.length, isLong),
      vanishesAfterMs: !isLong && this.chance(0.05) ? this.between(0, 5000) : undefined,
    }
  }

  #options(isRead: boolean): Map<string, string> {
    const options = new Map<string, string>()
    const add = (name: string, rate: number, value: () => number | string): void => {
      if (this.chance(rate)) options.set(name, String(value()))
    }
    add('tsize', 0.5, () => (isRead ? 0 : 1))
    add('blksize', 0.7, () => this.pick([8, 9, 16, 64, 511, 512, 1024, 1428, 1468, 8192, 65_464]))
    add('windowsize', 0.6, () => this.pick([1, 2, 3, 4, 8, 16, 33, 64, 65_535]))
    add('timeout', 0.1, () => this.pick(['1', '5', '6', '3000']))
    add('utimeout', 0.1, () => this.pick([10_000, 250_000, 2_000_000]))
    add('rollover', 0.1, () => this.pick([0, 1]))
    add('multicast', 0.05, () => '')
    return options
  }

  #longOptions(): Map<string, string> {
    const windowBlocks = this.pick([1, 8, 64])
    const options = new Map([
      ['blksize', '8'],
      ['windowsize', String(windowBlocks)],
    ])
    if (this.chance(0.6)) options.set('rollover', this.pick(['0', '1']))
    return options
  }

  #blockBytes(options: ReadonlyMap<string, string>): number {
    return Math.min(1468, Number(options.get('blksize') ?? 512))
  }

  #file(blockBytes: number, isLong: boolean): Uint8Array {
    const blocks = isLong ? this.between(65_530, 65_700) : this.pick([0, 1, 2, 5, 40, 300])
    const rest = this.pick([0, 0, 1, blockBytes - 1, this.between(0, blockBytes)])
    const from = this.between(0, 256)
    const bytes = new Uint8Array(blocks * blockBytes + rest)
    for (let index = 0; index < bytes.length; index += 1) {
      // Line ends are common: netascii has something to do.
      const value = (from + index * 7 + (index >> 9)) & 0xff
      bytes[index] = value % 11 === 0 ? 10 : value % 13 === 0 ? 13 : value
    }
    return bytes
  }

  #rhythm(bytes: number, isLong: boolean): SourceRhythm {
    const isSlow = !isLong && this.chance(0.3)
    return {
      holdMs: this.pick([0, 0, 5, 500, 4000]),
      chunkBytes: isSlow
        ? this.between(1, Math.max(2, bytes >> 2))
        : this.pick([1500, 65_536, 1 << 22]),
      gapMs: isSlow ? this.pick([1, 100, 7000]) : 0,
      isSizeKnown: this.chance(0.7),
      judgeMs: this.pick([0, 0, 50, 6000]),
      refusedAfter: !isLong && this.chance(0.05) ? this.between(0, bytes + 1) : undefined,
    }
  }
}
