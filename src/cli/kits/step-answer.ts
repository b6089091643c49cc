/** What came of one request of a walk. */
export interface StepAnswer {
  /** `refused`: an ERROR other than 1, an HTTP status other than 404; `silent`: nobody answered. */
  readonly kind: 'file' | 'missing' | 'stopped' | 'refused' | 'silent'
  /** The beginning of the file, up to `KEPT_BYTES_MAX`. */
  readonly bytes: Uint8Array
  /** Length of the whole file. */
  readonly sizeBytes: number
  /** What the server acknowledged, in its order. */
  readonly options: ReadonlyMap<string, string>
  /** The ERROR or the status, for people. */
  readonly detail?: string
}

/** How much of a file is looked at, in bytes: what is longer is no configuration. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024

/** An answer that brings no file. */
export function bareAnswer(kind: StepAnswer['kind'], detail?: string): StepAnswer {
  const none = { kind, bytes: new Uint8Array(), sizeBytes: 0, options: new Map<string, string>() }
  return detail === undefined ? none : { ...none, detail }
}

/** Takes a file's bytes in order, and keeps the beginning. */
export class KeptBytes {
  sizeBytes = 0
  readonly #parts: Uint8Array[] = []

  /** @param bytes - Valid during the call only. */
  take(bytes: Uint8Array): void {
    const roomBytes = KEPT_BYTES_MAX - this.sizeBytes
    if (roomBytes > 0) this.#parts.push(Uint8Array.from(bytes.subarray(0, roomBytes)))
    this.sizeBytes += bytes.length
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts)
  }
}
