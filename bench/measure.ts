import { cpuMeter } from './cpu-meter.ts'
import type { Load } from './load-generator.ts'
import type { Subject } from './peers.ts'
import type { Workload } from './workloads.ts'

/** Before it counts: what compiles at run time must have. */
const WARM_UP_TRANSFERS = 20_000
/** The same where a transfer is megabytes. */
const WARM_UP_LARGE = 4
/** Servers that take milliseconds for a transfer get fewer. */
const SLOW = new Set(['fbtftp', 'tftpd-hpa'])
const SLOW_SHARE = 20

/** One run of one server. */
export interface Measured {
  readonly cpuUs: number
  readonly mbPerSecond: number
  readonly failed: number
}

/** Starts a server, warms it up, and puts it under a load. */
export async function measure(subject: Subject, load: Load, workload: Workload): Promise<Measured> {
  await using ending = new AsyncDisposableStack()
  const server = await subject.start()
  const meter = cpuMeter(server.pid)
  // Its group can only go once the server is gone.
  ending.use(meter)
  ending.use(server)
  const share = SLOW.has(subject.name) && workload.transfers > 1000 ? SLOW_SHARE : 1
  const transfers = Math.ceil(workload.transfers / share)
  const isSmall = workload.figure === 'cpuUs'
  const warmUp = isSmall ? Math.min(WARM_UP_TRANSFERS / share, transfers * 2) : WARM_UP_LARGE
  await load(server, [...workload.args, '-t', String(warmUp)])
  const before = meter.readUs()
  const { done, failed, mb_per_second } = await load(server, [
    ...workload.args,
    '-t',
    String(transfers),
  ])
  const cpuUs = (meter.readUs() - before) / Math.max(1, done)
  return { cpuUs, mbPerSecond: mb_per_second, failed }
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
