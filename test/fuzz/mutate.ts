import type { Corpus } from './corpus.ts'
import { Random } from './random.ts'

/** Longer than any datagram of the corpus, short enough to be fast. */
const DATAGRAM_BYTES_MAX = 4096
const MUTATIONS_MAX = 4

/** Numbers at the edges of options and of how they are read. */
const numbers = wordsOf(`
  0 1 7 8 255 256 511 512 3000 9999 10000 65464 65465 65535 65536 255000000 255000001
  2147483648 4294967296 9007199254740991 9007199254740992 18446744073709551616
  99999999999999999999 999999999999999999999 -1 +512 0x200 1e9 512.5 007 ${'9'.repeat(400)}
`)

/** Words that mean something at the place where strings are. */
const words = wordsOf(`
  blksize blksize2 tsize timeout utimeout windowsize rollover pause multicast BLKSIZE
  octet NETASCII mail __proto__ ../ \\ %00
`).map((word) => Uint8Array.of(...word, 0))

const edges = [0x00, 0x01, 0x06, 0x07, 0x0a, 0x0d, 0x2f, 0x30, 0x7f, 0x80, 0xff] as const

/** Makes broken datagrams of good ones. The same corpus and seed give the same sequence. */
export class Mutator {
  readonly #corpus: Corpus
  readonly #random: Random
  readonly #bytes = new Uint8Array(DATAGRAM_BYTES_MAX)
  #length = 0

  constructor(corpus: Corpus, seed: number) {
    this.#corpus = corpus
    this.#random = new Random(seed)
  }

  /** The next datagram, valid until the next call. One in five or so is as it was. */
  next(): Uint8Array {
    const original = this.#pickOriginal()
    this.#bytes.set(original)
    this.#length = original.length
    const count = this.#random.below(MUTATIONS_MAX + 1)
    for (let index = 0; index < count; index += 1) this.#mutate()
    return this.#bytes.subarray(0, this.#length)
  }

  #mutate(): void {
    const mutation = this.#random.below(mutations.length)
    mutations[mutation]?.(this.#edit, this.#random)
  }

  /** What a mutation may do. */
  readonly #edit: Edit = {
    length: () => this.#length,
    at: (offset) => this.#bytes[offset] ?? 0,
    set: (offset, byte) => {
      if (offset < this.#length) this.#bytes[offset] = byte
    },
    replace: (start, end, piece) => this.#replace(start, end, piece),
    copy: (start, end) => this.#bytes.slice(start, end),
    other: () => this.#pickOriginal(),
  }

  #pickOriginal(): Uint8Array {
    return this.#random.pick(this.#random.pick(this.#corpus)).subarray(0, DATAGRAM_BYTES_MAX)
  }

  #replace(start: number, end: number, piece: Uint8Array): void {
    const room = DATAGRAM_BYTES_MAX - start
    const fit = piece.length > room ? piece.subarray(0, room) : piece
    const tailStart = start + fit.length
    const kept = Math.min(this.#length - end, DATAGRAM_BYTES_MAX - tailStart)
    this.#bytes.copyWithin(tailStart, end, end + kept)
    this.#bytes.set(fit, start)
    this.#length = tailStart + kept
  }
}

interface Edit {
  length(): number
  at(offset: number): number
  /** No effect beyond the end. */
  set(offset: number, byte: number): void
  /** Puts a piece in place of the bytes from `start` to `end`; what grows too long is cut. */
  replace(start: number, end: number, piece: Uint8Array): void
  copy(start: number, end: number): Uint8Array
  /** A datagram of the corpus. */
  other(): Uint8Array
}

const nothing = new Uint8Array(0)

const mutations: readonly ((edit: Edit, random: Random) => void)[] = [
  function flipBit(edit, random) {
    const offset = random.below(edit.length())
    edit.set(offset, edit.at(offset) ^ (1 << random.below(8)))
  },
  function setByte(edit, random) {
    edit.set(random.below(edit.length()), random.pick(edges))
  },
  function changeOpcode(edit, random) {
    edit.set(1, random.below(8))
  },
  function changeBlockNumber(edit, random) {
    edit.set(2, random.pick(edges))
    edit.set(3, random.pick(edges))
  },
  function truncate(edit, random) {
    edit.replace(random.below(edit.length() + 1), edit.length(), nothing)
  },
  function append(edit, random) {
    const junk = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256))
    edit.replace(edit.length(), edit.length(), junk)
  },
  function removeRange(edit, random) {
    const start = random.below(edit.length() + 1)
    edit.replace(start, Math.min(edit.length(), start + 1 + random.below(12)), nothing)
  },
  function repeatRange(edit, random) {
    const start = random.below(edit.length() + 1)
    const piece = edit.copy(start, Math.min(edit.length(), start + 1 + random.below(24)))
    const times = 1 + random.below(random.below(16) === 0 ? 200 : 4)
    const repeated = new Uint8Array(piece.length * times)
    for (let index = 0; index < repeated.length; index += 1) {
      repeated[index] = piece[index % piece.length] ?? 0
    }
    edit.replace(start, start, repeated)
  },
  function splice(edit, random) {
    const other = edit.other()
    const start = random.below(edit.length() + 1)
    edit.replace(start, edit.length(), other.subarray(random.below(other.length + 1)))
  },
  function insertWord(edit, random) {
    const start = stringStart(edit, random)
    edit.replace(start, start, random.pick(words))
  },
  function replaceNumber(edit, random) {
    const start = stringStart(edit, random)
    edit.replace(start, stringEnd(edit, start), random.pick(numbers))
  },
  function removeNul(edit, random) {
    const end = stringEnd(edit, random.below(edit.length() + 1))
    edit.replace(end, Math.min(edit.length(), end + 1), nothing)
  },
  function insertNul(edit, random) {
    const start = random.below(edit.length() + 1)
    edit.replace(start, start, Uint8Array.of(0))
  },
]

/** The byte behind some NUL, or behind the opcode. */
function stringStart(edit: Edit, random: Random): number {
  const end = stringEnd(edit, random.below(edit.length() + 1))
  return end < edit.length() ? end + 1 : Math.min(2, edit.length())
}

/** The next NUL, or the end. */
function stringEnd(edit: Edit, start: number): number {
  let end = start
  while (end < edit.length() && edit.at(end) !== 0) end += 1
  return end
}

/** The words of a text, as bytes. */
function wordsOf(text: string): Uint8Array[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => Uint8Array.from(Buffer.from(word, 'latin1')))
}
