import { blockNumberOf } from './block-sequence.ts'
import type { ByteWindow } from './byte-window.ts'
import { DATA_HEADER_BYTES, writeDataHeader } from './packet.ts'
import type { WirePath } from './wire-path.ts'

/** Datagrams in one run: what Linux takes as segments of one send. */
const RUN_BLOCKS_MAX = 64
/** Bytes in one run, for the same reason. */
const RUN_BYTES_MAX = 65_000

/** How a file is cut. */
export interface BlockShape {
  /** Bytes in a full block, 8–65464. */
  readonly blockBytes: number
  /** The block number that follows 65535. */
  readonly rolloverTo: 0 | 1
}

/**
 * Writes DATA of a file straight into an outbox.
 *
 * Blocks are counted from 0 here, and never wrap. Consecutive ones leave as one run, which a
 * transport may hand to the system in one piece.
 */
export class DataWriter {
  readonly #path: WirePath
  readonly #shape: BlockShape
  readonly #window: ByteWindow

  constructor(parts: { path: WirePath; shape: BlockShape; window: ByteWindow }) {
    this.#path = parts.path
    this.#shape = parts.shape
    this.#window = parts.window
  }

  /** Sends the blocks from `from` up to, not including, `to`. All of them must be in the window. */
  write(from: number, to: number): void {
    const segmentBytes = this.#shape.blockBytes + DATA_HEADER_BYTES
    const fitting = Math.max(1, Math.floor(RUN_BYTES_MAX / segmentBytes))
    const runBlocks = Math.min(RUN_BLOCKS_MAX, fitting)
    for (let start = from; start < to; start += runBlocks) {
      this.#writeRun(start, Math.min(start + runBlocks, to))
    }
  }

  /** Only the last block of a run, as of a file, may be shorter than the others. */
  #writeRun(from: number, to: number): void {
    const { outbox, socket, peer } = this.#path
    const { blockBytes, rolloverTo } = this.#shape
    const segmentBytes = blockBytes + DATA_HEADER_BYTES
    const start = outbox.reserve((to - from) * segmentBytes)
    const { slab } = outbox
    let at = start
    for (let index = from; index < to; index += 1) {
      const offset = index * blockBytes
      const bytes = Math.min(blockBytes, this.#window.endOffset - offset)
      writeDataHeader(slab, at, blockNumberOf(index + 1, rolloverTo))
      if (bytes > 0) {
        this.#window.copyTo(slab, at + DATA_HEADER_BYTES, { from: offset, bytes })
      }
      at += DATA_HEADER_BYTES + bytes
    }
    if (to - from === 1) outbox.commit(socket, peer, at - start)
    else outbox.commit(socket, peer, at - start, segmentBytes)
  }
}
