import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

/** Measures what a server and all its children take of the CPU. */
export interface CpuMeter extends Disposable {
  /** So far, in µs. */
  readUs(): number
}

const V1 = '/sys/fs/cgroup/cpuacct'
const V2 = '/sys/fs/cgroup'

/**
 * By a control group of its own, where that can be made: it counts children that nobody waits for.
 */
export function cpuMeter(pid: number): CpuMeter {
  const parent = existsSync(V1) ? V1 : V2
  const folder = `${parent}/trivet-bench-${pid}`
  try {
    mkdirSync(folder)
    writeFileSync(`${folder}/cgroup.procs`, String(pid))
  } catch {
    return { readUs: () => processUs(pid), [Symbol.dispose]: () => {} }
  }
  return {
    readUs: () => (parent === V1 ? usageV1(folder) : usageV2(folder)),
    // It can only be removed once its last process has ended.
    [Symbol.dispose]: () => tryRemove(folder),
  }
}

function usageV1(folder: string): number {
  return Number(readFileSync(`${folder}/cpuacct.usage`, 'utf8')) / 1000
}

function usageV2(folder: string): number {
  const text = readFileSync(`${folder}/cpu.stat`, 'utf8')
  return Number(/^usage_usec (\d+)/m.exec(text)?.[1] ?? 0)
}

/** Of the process and of the children that it has waited for, in clock ticks of 10 ms. */
function processUs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return ticks * 10_000
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // A process is still ending; an empty group costs nothing.
  }
}
