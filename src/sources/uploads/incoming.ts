import { randomUUID } from 'node:crypto'
import { open, type FileHandle, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../../base/refusal.ts'
import { isAbsence } from './disk-failure.ts'

/** Bytes that are collected before they are written: blocks of 512 bytes are not worth a call. */
const WRITE_BYTES = 128 * 1024

/** What an upload must keep to. */
export interface ReceiveLimits {
  /** What the client said it would send, in bytes; undefined when it did not. */
  readonly announcedBytes: number | undefined
  /** What its writer has left, in bytes. */
  readonly roomBytes: number
  /** Looks again, when that is not enough. */
  readonly moreRoom: () => Promise<number>
  readonly signal: AbortSignal
}

/** An upload that has come whole and is on disk, but not in its place. */
export interface Received {
  readonly path: string
  readonly bytes: number
}

/** Files on their way: nothing of them is seen before they are whole. */
export class Incoming {
  readonly #folder: string

  /** @param folder - Absolute path. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes what an earlier run of the server has left. Before the first upload only. */
  async clear(): Promise<void> {
    try {
      for (const name of await readdir(this.#folder)) {
        await rm(join(this.#folder, name), { recursive: true, force: true })
      }
    } catch (error) {
      if (!isAbsence(error)) throw error
    }
  }

  /** Free bytes of its disk; undefined where that cannot be told. */
  async freeBytes(): Promise<number | undefined> {
    return await statfs(this.#folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    )
  }

  /**
   * Receives an upload. Nothing is left when it fails.
   *
   * @throws {Refusal} When it is over its limits, breaks off, or is not all that was announced.
   * @throws {NodeJS.ErrnoException} When the disk fails.
   */
  async receive(body: ReadableStream<Uint8Array>, limits: ReceiveLimits): Promise<Received> {
    return await this.write(async (handle) => {
      const bytes = await copy(body, handle, limits)
      const { announcedBytes = 0 } = limits
      // A log that grows while it is sent is longer than was said; one that is shorter is cut.
      if (bytes < announcedBytes) throw cutShort(bytes, announcedBytes)
      return bytes
    })
  }

  /** Makes a file on its way. @param fill - Writes it, and says how many bytes that were. */
  async write(fill: (handle: FileHandle) => Promise<number>): Promise<Received> {
    const path = join(this.#folder, randomUUID())
    const handle = await open(path, 'wx', 0o640)
    try {
      const bytes = await fill(handle)
      await handle.sync()
      await handle.close()
      return { path, bytes }
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw error
    }
  }

  async discard({ path }: Received): Promise<void> {
    await rm(path, { force: true })
  }
}

async function copy(
  body: ReadableStream<Uint8Array>,
  handle: FileHandle,
  { roomBytes, moreRoom, signal }: ReceiveLimits,
): Promise<number> {
  const reader = body.getReader()
  const stop = (): void => void reader.cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  let bytes = 0
  let room = roomBytes
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (signal.aborted) throw brokenOff('the client is gone, or its time is over')
      bytes += value?.length ?? 0
      if (bytes > room) room = await moreRoom()
      if (bytes > room) throw overQuota(room)
      if (value !== undefined) waiting.push(value)
      waitingBytes += value?.length ?? 0
      if (done || waitingBytes >= WRITE_BYTES) {
        await writeAll(handle, waiting)
        waiting = []
        waitingBytes = 0
      }
      if (done) return bytes
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {})
    throw isOfDisk(error) || error instanceof Refusal ? error : brokenOff(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  const bytes = Buffer.concat(chunks)
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at)).bytesWritten
  }
}

/** Errors of the system have a number; those of a stream that ended early need not. */
function isOfDisk(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.syscall === 'write'
}

function brokenOff(reason: unknown): Refusal {
  const text = reason instanceof Error ? reason.message : String(reason)
  return new Refusal('MALFORMED_REQUEST', `The upload broke off: ${text}`, {
    wireMessage: 'The upload broke off',
    cause: reason,
  })
}

function cutShort(bytes: number, announcedBytes: number): Refusal {
  const message = `Cannot keep the upload: ${announcedBytes} bytes were announced, ${bytes} came`
  return new Refusal('MALFORMED_REQUEST', message, { wireMessage: 'The upload was cut short' })
}

function overQuota(roomBytes: number): Refusal {
  const message = `Cannot keep the upload: its writer has ${roomBytes} bytes left (quotaBytes)`
  return new Refusal('STORAGE_FULL', message, { wireMessage: 'The quota is used up' })
}
