import type { Device, DeviceClass } from '../inventory/model.ts'

/**
 * What an inventory is kept in: devices, classes, and every change that was ever made to them.
 *
 * A store knows nothing of inheritance: it keeps what it is given, whole or not at all. Both
 * engines pass one contract test.
 */
export interface Store extends AsyncDisposable {
  /** `sqlite` or `postgres`, for people. */
  readonly engine: string
  /** Everything as of one revision, never half a change. */
  load(): Promise<Snapshot>
  /**
   * Makes a change, or nothing of it.
   *
   * @throws {StoreError} `CONFLICT`, `DUPLICATE`, `DISK_FULL`, `CLOSED`, `UNREACHABLE`.
   */
  apply(change: Change): Promise<Revision>
  /** Changes made after a revision, the oldest first: for who holds a snapshot. */
  changesAfter(revision: number): Promise<readonly RevisionWithEdits[]>
  /** Revisions, the newest first. @param query.before - Only older ones; default all. */
  revisions(query: RevisionQuery): Promise<readonly Revision[]>
  /** One revision with what it changed; undefined when there is none of that number. */
  revision(number: number): Promise<RevisionWithEdits | undefined>
  /**
   * Tells of revisions made by anybody, this store object or another server, within a second.
   *
   * @returns How to stop listening.
   */
  onRevision(listener: (revision: number) => void): () => void
  readonly inbox: InboxTable
  readonly deliveries: DeliveryTable
  readonly secrets: SecretTable
  readonly enrolments: EnrolmentTable
  readonly tokens: TokenTable
}

/** All devices and classes as of one revision. */
export interface Snapshot {
  /** 0 for a store that is new. */
  readonly revision: number
  readonly devices: readonly Stored<Device>[]
  readonly classes: readonly Stored<DeviceClass>[]
}

/** A record, and the revision that last changed it. */
export interface Stored<T> {
  readonly record: T
  readonly revision: number
}

/** One record before and after; undefined before it was, and after it is no more. */
export type Edit =
  | {
      readonly kind: 'device'
      readonly key: string
      readonly before: Device | undefined
      readonly after: Device | undefined
    }
  | {
      readonly kind: 'class'
      readonly key: string
      readonly before: DeviceClass | undefined
      readonly after: DeviceClass | undefined
    }

/** What is to be changed, by whom and why. */
export interface Change {
  readonly who: string
  /** Default: empty. */
  readonly why?: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** One for each record, `before` as the author saw it. At most 1,000,000. */
  readonly edits: readonly Edit[]
  /**
   * The revision that the author saw. A record that was changed after it is a conflict; undefined:
   * whatever is there is overwritten.
   */
  readonly seenRevision?: number
}

/** A change that was made. */
export interface Revision {
  /** From 1, without gaps. */
  readonly number: number
  readonly at: number
  readonly who: string
  readonly why: string
  /** Records that it changed. */
  readonly editCount: number
}

export interface RevisionWithEdits extends Revision {
  readonly edits: readonly Edit[]
}

export interface RevisionQuery {
  /** 1–1000. */
  readonly limit: number
  readonly before?: number
  /** Only those that changed this record. */
  readonly record?: { readonly kind: Edit['kind']; readonly key: string }
}

/** Devices that asked and are not known. */
export interface InboxTable {
  /** Enters one, or counts it once more. The oldest leave when there are over `entriesMax`. */
  seen(entry: InboxSighting): Promise<void>
  list(query: { readonly limit: number }): Promise<readonly InboxEntry[]>
  remove(key: string): Promise<boolean>
}

export interface InboxSighting {
  /** What tells it apart: `mac 00:11:22:aa:bb:cc`, `address 10.0.0.7`. */
  readonly key: string
  readonly at: number
  readonly address: string
  /** The latest name it asked for. */
  readonly path: string
  /** What was guessed: vendor, model; plain JSON. */
  readonly guess: Readonly<Record<string, string>>
}

export interface InboxEntry extends InboxSighting {
  readonly firstAt: number
  readonly count: number
}

/** What each device asked for, and what it last had completely. */
export interface DeliveryTable {
  /** Writes many at once; the latest of a device and path counts. */
  record(deliveries: readonly Delivery[]): Promise<void>
  /** All paths of one device, or of all devices. */
  list(query: { readonly device?: string; readonly limit: number }): Promise<readonly Delivery[]>
  /** Lets go of those asked for before `olderThan`, and of all but the latest `keepMax`. */
  prune(limits: { readonly olderThan: number; readonly keepMax: number }): Promise<number>
}

export interface Delivery {
  readonly device: string
  readonly path: string
  readonly askedAt: number
  /** What was last delivered completely; undefined: never. */
  readonly delivered?: {
    readonly at: number
    readonly front: 'tftp' | 'http'
    readonly address: string
    readonly bytes: number
    /** Of the bytes: the first 22 characters of their SHA-256 in base64url. */
    readonly hash: string
  }
}

/** Secrets as they are kept: encrypted. The store cannot read them. */
export interface SecretTable {
  put(secret: EncryptedSecret): Promise<void>
  get(name: string): Promise<EncryptedSecret | undefined>
  list(): Promise<readonly EncryptedSecret[]>
  remove(name: string): Promise<boolean>
  /** Replaces all in one transaction: a new key. */
  replaceAll(secrets: readonly EncryptedSecret[]): Promise<void>
}

export interface EncryptedSecret {
  readonly name: string
  /** Which key encrypted it. */
  readonly keyId: string
  readonly nonce: Uint8Array
  /** With the authentication tag behind it. */
  readonly ciphertext: Uint8Array
  readonly at: number
}

/** Until when devices may have secrets without another second factor. */
export interface EnrolmentTable {
  put(device: string, until: number): Promise<void>
  list(): Promise<readonly { readonly device: string; readonly until: number }[]>
  remove(device: string): Promise<boolean>
}

/** Who may use the administration, by hash of their token. */
export interface TokenTable {
  add(token: StoredToken): Promise<void>
  list(): Promise<readonly StoredToken[]>
  remove(id: string): Promise<boolean>
}

export interface StoredToken {
  readonly id: string
  readonly label: string
  readonly role: 'viewer' | 'editor' | 'administrator'
  /** SHA-256 of the token, in base64url. */
  readonly hash: string
  readonly createdAt: number
}

/** Why a store did not do what was asked. */
export type StoreErrorCode =
  /** A record was changed by somebody else after it was seen. */
  | 'CONFLICT'
  /** Two devices would have the same MAC, serial, UUID or name. */
  | 'DUPLICATE'
  /** The database was made by a newer program. */
  | 'TOO_NEW'
  /** The file is no database, or damaged. */
  | 'DAMAGED'
  | 'DISK_FULL'
  /** The server does not answer, or refuses. */
  | 'UNREACHABLE'
  | 'CLOSED'

/** An expected failure of a store; nothing was written. The message names the records. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
