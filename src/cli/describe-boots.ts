import { type Boot, type BootStep, describeBoot } from '../observe/fold-boots.ts'
import { table } from './table.ts'

const LIST_HEAD = ['at', 'client', 'device', 'missed', 'got', 'failed', 'took', 'found']

/** A row for each boot. */
export function bootTable(boots: readonly Boot[]): string {
  return table([LIST_HEAD, ...boots.map(rowOf)])
}

function rowOf(boot: Boot): readonly string[] {
  const { at, client, device, missedCount, expectedCount, gotCount, troubleCount, search } = boot
  const expected = expectedCount > 0 ? ` (${expectedCount} expected)` : ''
  return [
    at.slice(0, 19).replace('T', ' '),
    client,
    device ?? '-',
    `${missedCount}${expected}`,
    String(gotCount),
    String(troubleCount),
    secondsOf(boot.durationMs),
    search?.got ?? boot.steps.find(isGot)?.path ?? '-',
  ]
}

function isGot({ outcome }: BootStep): boolean {
  return outcome === 'delivered' || outcome === 'answered' || outcome === 'probe'
}

const STEP_HEAD = ['  after', 'front', 'method', 'name', 'answer', 'bytes', 'took']

/** One boot from its first request on: what was asked, when, and what the answer was. */
export function bootTimeLine(boot: Boot): string {
  const { at, durationMs, steps, requestsLeft, isOver, isCut } = boot
  const head = `${at} in ${secondsOf(durationMs)}, ${describeBoot(boot)}\n`
  const notes = [
    ...(isCut ? ['it may have begun earlier: what was before is forgotten'] : []),
    ...(requestsLeft > 0 ? [`and ${requestsLeft} more requests`] : []),
    ...(isOver ? [] : ['it may go on']),
  ]
  const lines = notes.map((note) => `  ${note}\n`).join('')
  return `${head}${table([STEP_HEAD, ...steps.map(stepRowOf)])}${lines}`
}

function stepRowOf(step: BootStep): readonly string[] {
  const { afterMs, front, method, path, outcome, isExpected, times, bytes, detail } = step
  const asked = times === undefined ? '' : `, ${times} times`
  const why = detail === undefined || outcome === 'missing' ? '' : `: ${detail}`
  return [
    `  +${secondsOf(afterMs)}`,
    front,
    method,
    path,
    `${outcome}${isExpected ? ', expected' : ''}${asked}${why}`,
    String(bytes),
    secondsOf(step.durationMs),
  ]
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
