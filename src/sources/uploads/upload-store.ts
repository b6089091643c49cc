import { type FileHandle, open } from 'node:fs/promises'
import { Refusal } from '../../base/refusal.ts'
import { appendFile } from './append-file.ts'
import { diskFailure } from './disk-failure.ts'
import { Incoming, type Received } from './incoming.ts'
import { Ledger } from './ledger.ts'
import { type PlaceOfFiles, putInPlace, removeOld } from './put-in-place.ts'
import { latestOf, pruned, type StoredVersion } from './record.ts'
import {
  type Before,
  type Charge,
  checkOverwrite,
  nextRecord,
  type UploadRules,
  type Writer,
} from './rules.ts'
import { Turns } from './turns.ts'

/** What a store is made of. */
export interface StoreParts extends PlaceOfFiles {
  readonly warn: (message: string) => void
  /** Wall clock, in ms since 1970. */
  readonly nowMs: () => number
}

/** One upload, as a route takes it. */
export interface UploadAsk {
  /** Name that it is kept under. */
  readonly name: string
  readonly body: ReadableStream<Uint8Array>
  /** Undefined when the client did not say. */
  readonly announcedBytes: number | undefined
  readonly writer: Writer
  readonly rules: UploadRules
  readonly signal: AbortSignal
}

/** A file that is there, open. */
export interface KeptFile {
  readonly handle: FileHandle
  readonly bytes: number
}

/** What became of an upload. */
export interface Kept {
  readonly version: StoredVersion
  /** True when nothing of that name was there. */
  readonly isNew: boolean
}

/**
 * The uploads of one folder, or of the state. Uploads are received side by side and put into place
 * one after the other: of two of the same name the one that is whole last is the latest, and
 * neither waits for the other's client.
 */
export class UploadStore {
  readonly #parts: StoreParts
  readonly #incoming: Incoming
  readonly #ledger: Ledger
  readonly #turns = new Turns()

  constructor(parts: StoreParts) {
    this.#parts = parts
    this.#incoming = new Incoming(parts.contents.incoming)
    this.#ledger = new Ledger(parts.records, parts.warn)
  }

  /**
   * Removes what an earlier run has left behind, and versions that are too old. For the start of
   * the server, before the first upload.
   */
  async tidy(): Promise<void> {
    await this.#incoming.clear()
    await this.#ledger.load()
    const nowMs = this.#parts.nowMs()
    for (const record of this.#ledger.records) {
      const kept = pruned(record, { versionsMax: record.versions.length, nowMs })
      if (kept !== record) {
        await this.#parts.records.write(kept)
        this.#ledger.change(record, kept)
      }
      await this.#parts.contents.keepOnly(kept)
    }
  }

  /**
   * Takes an upload. When this resolves it is on disk.
   *
   * @throws {Refusal} When it may not be kept; nothing has changed then.
   */
  async take(ask: UploadAsk): Promise<Kept> {
    const { name, body, announcedBytes, signal } = ask
    let received: Received | undefined
    try {
      await this.#ledger.load()
      const roomBytes = await this.#admitInTurn(ask)
      received = await this.#incoming.receive(body, {
        announcedBytes,
        roomBytes,
        moreRoom: () => this.#admitAfterLook(ask),
        signal,
      })
      const whole = received
      return await this.#turns.take(name, () => this.#keep(ask, whole))
    } catch (error) {
      throw diskFailure(error, name)
    } finally {
      // In its place already, or of no use.
      if (received !== undefined) await this.#incoming.discard(received)
    }
  }

  /** The latest version of a file; undefined when there is none. @throws {Refusal} */
  async open(name: string): Promise<KeptFile | undefined> {
    try {
      await this.#ledger.load()
      for (let number = this.#latestNumber(name); ; ) {
        const handle = await this.#parts.contents.open(name, number)
        if (handle !== undefined) return { handle, bytes: (await handle.stat()).size }
        // A newer one may have taken its place meanwhile.
        const before = number
        number = this.#latestNumber(name)
        if (number === before) return undefined
      }
    } catch (error) {
      throw diskFailure(error, name)
    }
  }

  /**
   * Says no before the client is asked for anything.
   *
   * @returns How many bytes its writer has left for it.
   */
  async #admitInTurn(ask: UploadAsk): Promise<number> {
    try {
      return await this.#turns.take(ask.name, () => this.#admit(ask))
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'STORAGE_FULL') throw error
      return await this.#admitAfterLook(ask)
    }
  }

  /** Somebody may have removed files to make room. */
  async #admitAfterLook(ask: UploadAsk): Promise<number> {
    await this.#forgetRemoved(ask.writer)
    return await this.#turns.take(ask.name, () => this.#admit(ask))
  }

  async #admit(ask: UploadAsk): Promise<number> {
    const { name, announcedBytes = 0, writer, rules } = ask
    const before = await this.#before(name)
    checkOverwrite(name, before, { rules, writer })
    await this.#parts.contents.prepare()
    const freeBytes = await this.#incoming.freeBytes()
    if (freeBytes !== undefined && announcedBytes > freeBytes) {
      throw diskFull(name, `${announcedBytes} bytes are announced, ${freeBytes} are free`)
    }
    const held = rules.append ? await this.#heldBytes(name) : 0
    const bytes = rules.append
      ? Math.min(held + announcedBytes, rules.appendBytesMax)
      : announcedBytes
    const charge = this.#charge(ask, before, bytes)
    this.#ledger.charge(charge, rules)
    this.#ledger.refund(charge)
    // Of a file that is added to, old lines go: it is counted when it is whole.
    if (rules.append) return Number.POSITIVE_INFINITY
    return this.#ledger.roomBytes(this.#charge(ask, before, 0), rules)
  }

  async #keep(ask: UploadAsk, received: Received): Promise<Kept> {
    const { name, rules, writer } = ask
    const before = await this.#before(name)
    checkOverwrite(name, before, { rules, writer })
    const whole = rules.append ? await this.#joined(ask, received) : received
    const charge = this.#charge(ask, before, whole.bytes)
    try {
      this.#ledger.charge(charge, rules)
      await this.#commit(charge, whole)
    } finally {
      await this.#incoming.discard(whole)
    }
    await removeOld(this.#parts, charge, this.#parts.warn)
    return { version: latestOf(charge.after), isNew: !before.isThere }
  }

  async #commit(charge: Charge, { path }: Received): Promise<void> {
    try {
      await putInPlace(this.#parts, charge, path)
    } catch (error) {
      this.#ledger.refund(charge)
      throw error
    }
    this.#ledger.enter(charge.after)
  }

  /** What is there, and whose: a record whose file somebody has removed counts no more. */
  async #before(name: string): Promise<Before> {
    const record = this.#ledger.get(name)
    const holds = await this.#parts.contents.holds(name)
    if (holds !== false) return { isThere: holds ?? record !== undefined, record }
    if (record !== undefined) this.#ledger.change(record, undefined)
    return { isThere: false, record: undefined }
  }

  /** 0: there is none. */
  #latestNumber(name: string): number {
    const record = this.#ledger.get(name)
    return record === undefined ? 0 : latestOf(record).number
  }

  #charge({ name, rules, writer }: UploadAsk, before: Before, bytes: number): Charge {
    const nowMs = this.#parts.nowMs()
    const after = nextRecord(name, before, { bytes, nowMs, rules, writer })
    return { before: before.record, after, writer: writer.key }
  }

  async #heldBytes(name: string): Promise<number> {
    const file = await this.open(name)
    await file?.handle.close()
    return file?.bytes ?? 0
  }

  /** Forgets files of a writer that are no longer there. */
  async #forgetRemoved({ key }: Writer): Promise<void> {
    for (const record of this.#ledger.records) {
      if (latestOf(record).writer !== key) continue
      await this.#turns.take(record.name, () => this.#before(record.name))
    }
  }

  /** What is there, and what has come behind it. */
  async #joined({ name, rules }: UploadAsk, received: Received): Promise<Received> {
    const held = await this.open(name)
    const added = await open(received.path, 'r')
    try {
      const parts = [
        ...(held === undefined ? [] : [held]),
        { handle: added, bytes: received.bytes },
      ]
      const { appendBytesMax } = rules
      return await this.#incoming.write((target) => appendFile(target, parts, appendBytesMax))
    } finally {
      await held?.handle.close()
      await added.close()
    }
  }
}

function diskFull(name: string, found: string): Refusal {
  return new Refusal('STORAGE_FULL', `Cannot keep "${name}": ${found}`, {
    wireMessage: 'The disk is full',
  })
}
