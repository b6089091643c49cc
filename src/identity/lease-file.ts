import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import type { Log } from '../observe/log.ts'
import { LeaseReading } from './lease-reading.ts'
import type { LeaseFormat, LeaseTable } from './lease.ts'

/** The largest file that is read, in bytes: 256 MiB, a million leases of dhcpd with its journal. */
const FILE_BYTES_MAX = 256 * 1024 * 1024
/** What is read at once, in bytes: parsed in some 5 ms, then others have their turn. */
const CHUNK_BYTES = 512 * 1024

/** A file as it was when it was read. */
interface Version {
  readonly inode: bigint
  readonly device: bigint
  readonly changedAtNs: bigint
  readonly bytes: number
}

export interface LeaseFileOptions {
  /** Absolute path; the file need not be there. */
  readonly path: string
  readonly format: LeaseFormat
  /** True when the server only appends: then only what is new is read. */
  readonly isAppended: boolean
  /** Default 268,435,456 (256 MiB). */
  readonly bytesMax?: number
}

/** One lease file, read again when it has changed. */
export class LeaseFile {
  readonly #options: LeaseFileOptions
  readonly #log: Log
  readonly #said = new Set<string>()
  #version: Version | undefined
  #reading: LeaseReading | undefined

  constructor(options: LeaseFileOptions, log: Log) {
    this.#options = options
    this.#log = log
  }

  get path(): string {
    return this.#options.path
  }

  /** What it says now; undefined while there is no such file. */
  get table(): LeaseTable | undefined {
    return this.#reading?.table
  }

  /**
   * Reads what has changed. Never rejects: what cannot be read is logged once, and what was read
   * before stays.
   *
   * @returns The bytes that were read.
   */
  async update(): Promise<number> {
    try {
      await using file = await open(this.path, 'r')
      return await this.#readFrom(file)
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') this.#forget()
      else this.#say(code, `cannot read ${this.path}: ${message}`)
      return 0
    }
  }

  #forget(): void {
    this.#version = undefined
    this.#reading = undefined
  }

  async #readFrom(file: FileHandle): Promise<number> {
    const version = await versionOf(file)
    if (version === undefined) {
      this.#say('kind', `cannot read ${this.path}: it is no file`)
      return 0
    }
    const max = this.#options.bytesMax ?? FILE_BYTES_MAX
    if (version.bytes > max) {
      const text = `cannot read ${this.path}: it has ${version.bytes} bytes, the limit is ${max}`
      this.#say('size', text)
      return 0
    }
    if (this.#version && isSame(this.#version, version)) return 0
    const known = (await this.#isGrown(file, version)) ? this.#reading : undefined
    const reading = known ?? new LeaseReading(this.#options.format)
    const start = reading.bytes
    await readOn(file, reading, version.bytes)
    this.#version = version
    this.#reading = reading
    this.#sayWhatIsWrong(reading)
    return reading.bytes - start
  }

  /** True when what was read before is still there, and more behind it. */
  async #isGrown(file: FileHandle, { inode, device, bytes }: Version): Promise<boolean> {
    const [before, reading] = [this.#version, this.#reading]
    if (!this.#options.isAppended || before === undefined || reading === undefined) return false
    if (inode !== before.inode || device !== before.device || bytes <= reading.bytes) return false
    const { tail } = reading
    const found = Buffer.alloc(tail.length)
    const { bytesRead } = await file.read(found, 0, tail.length, reading.bytes - tail.length)
    return bytesRead === tail.length && found.equals(tail)
  }

  #sayWhatIsWrong({ bad, table }: LeaseReading): void {
    if (bad !== undefined) {
      const others = bad.count === 1 ? '' : ` and ${bad.count - 1} more`
      const text = JSON.stringify(bad.firstText)
      this.#say('line', `cannot use ${this.path}:${bad.firstNumber}${others}: ${text} is no lease`)
    }
    if (table.leftOutCount > 0) {
      this.#say('room', `cannot keep all leases of ${this.path}: the limit is ${table.count}`)
    }
  }

  #say(about: string, text: string): void {
    if (this.#said.has(about)) return
    this.#said.add(about)
    this.#log.warn(text)
  }
}

/** Undefined for what is no regular file: a pipe would never end. */
async function versionOf(file: FileHandle): Promise<Version | undefined> {
  const stats = await file.stat({ bigint: true })
  if (!stats.isFile()) return undefined
  const { ino: inode, dev: device, mtimeNs: changedAtNs, size } = stats
  return { inode, device, changedAtNs, bytes: Number(size) }
}

function isSame(a: Version, b: Version): boolean {
  if (a.inode !== b.inode || a.device !== b.device) return false
  return a.changedAtNs === b.changedAtNs && a.bytes === b.bytes
}

/** Reads up to an offset: what is written meanwhile is the next version's. */
async function readOn(file: FileHandle, reading: LeaseReading, end: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - reading.bytes))
  while (reading.bytes < end) {
    const length = Math.min(chunk.length, end - reading.bytes)
    const { bytesRead } = await file.read(chunk, 0, length, reading.bytes)
    if (bytesRead === 0) return
    reading.take(chunk.subarray(0, bytesRead))
  }
}
