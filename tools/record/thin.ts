import type { RecordedDatagram } from './tftp-datagrams.ts'

const DATA = 3
const ACK = 4
/** A run no longer than this stays whole. */
const RUN_MAX = 24
/** What stays of a longer one, at both ends. */
const RUN_HEAD = 12
const RUN_TAIL = 8

/** A datagram that stays, or how many did not. */
export type Thinned = RecordedDatagram | { readonly leftOut: number }

/**
 * Leaves out the middle of long runs of DATA and ACK: the same shape over and over.
 *
 * Requests, OACKs, ERRORs, and the first and last blocks of every transfer stay.
 */
export function thin(datagrams: readonly RecordedDatagram[]): Thinned[] {
  const thinned: Thinned[] = []
  let run: RecordedDatagram[] = []
  for (const datagram of datagrams) {
    const isInRun = isDataOrAck(datagram) && run.every((other) => isSameTransfer(other, datagram))
    if (!isInRun) {
      thinned.push(...shorten(run))
      run = []
    }
    if (isDataOrAck(datagram)) run.push(datagram)
    else thinned.push(datagram)
  }
  return [...thinned, ...shorten(run)]
}

function shorten(run: readonly RecordedDatagram[]): readonly Thinned[] {
  if (run.length <= RUN_MAX) return run
  const leftOut = run.length - RUN_HEAD - RUN_TAIL
  return [...run.slice(0, RUN_HEAD), { leftOut }, ...run.slice(-RUN_TAIL)]
}

function isDataOrAck({ bytes: [first, opcode] }: RecordedDatagram): boolean {
  return first === 0 && (opcode === DATA || opcode === ACK)
}

function isSameTransfer(one: RecordedDatagram, other: RecordedDatagram): boolean {
  return one.route.client === other.route.client && one.route.server === other.route.server
}
