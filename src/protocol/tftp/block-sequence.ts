/**
 * Between counts of blocks, which never wrap, and the 16-bit numbers on the wire, which do.
 *
 * Block 1 is the first; after 65535 comes 0 by common practice, or 1 where `rollover` says so. No
 * RFC defines it.
 */

/** The last block before numbers wrap. */
export const LAST_BEFORE_WRAP = 65_535

/** The number on the wire of the `count`-th block; 0 for none. */
export function blockNumberOf(count: number, rolloverTo: 0 | 1): number {
  if (rolloverTo === 0) return count % 65_536
  return count === 0 ? 0 : ((count - 1) % 65_535) + 1
}

/**
 * How many blocks a number on the wire lies ahead of `count`, 0–65535; undefined when no block has
 * that number.
 *
 * What lies behind looks far ahead: callers compare with what they have sent or may receive.
 */
export function blocksAhead(
  blockNumber: number,
  count: number,
  rolloverTo: 0 | 1,
): number | undefined {
  if (rolloverTo === 0) return (blockNumber - (count % 65_536) + 65_536) % 65_536
  if (count === 0) return blockNumber
  if (blockNumber === 0) return undefined
  return (blockNumber - blockNumberOf(count, 1) + 65_535) % 65_535
}
