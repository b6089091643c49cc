import { createConnection, type Socket } from 'node:net'
import type { Endpoint } from './endpoint.ts'

/** How long the last bytes may take to leave before the connection is cut, in ms. */
const CLOSE_MS = 1000

/**
 * Connects to an application.
 *
 * @param options.connectMs - Gives up after this.
 * @throws The system's error, one with the code `ETIMEDOUT` after `connectMs`, or the signal's
 *   reason.
 */
export async function openConnection(
  endpoint: Endpoint,
  { connectMs, signal }: { readonly connectMs: number; readonly signal: AbortSignal },
): Promise<Connection> {
  signal.throwIfAborted()
  const socket = createConnection({ ...endpoint, noDelay: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const leave = (): void => reject(signal.reason)
  const late = (): void => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }))
  const timer = setTimeout(late, connectMs)
  signal.addEventListener('abort', leave)
  socket.once('connect', resolve).on('error', reject)
  try {
    await promise
    return new Connection(socket)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
  }
}

/**
 * A connection to an application, for one request at a time. What is not read stays with the
 * application, what it does not take stays here.
 */
export class Connection {
  readonly #socket: Socket
  #error: Error | undefined
  #wake = (): void => {}
  /** How many requests it has carried. */
  requestCount = 0

  constructor(socket: Socket) {
    this.#socket = socket
    const wake = (): void => this.#wake()
    socket.on('readable', wake).on('end', wake).on('close', wake)
    socket.on('error', (error) => {
      this.#error = error
      wake()
    })
  }

  /** What broke it, if something did. */
  get error(): Error | undefined {
    return this.#error
  }

  /** False once the application, or this side, has closed it. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded && this.#socket.writable
  }

  /** The next bytes, never empty; undefined when nothing more can come. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#socket.read() as Buffer | null
      if (chunk !== null) return chunk
      if (this.#socket.readableEnded || this.#socket.destroyed) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Sends bytes. Resolves when there is room for more, and when the connection is no more. */
  async write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket
    if (!socket.writable || socket.write(bytes)) return
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        socket.off('drain', settle).off('close', settle)
        resolve()
      }
      socket.on('drain', settle).on('close', settle)
    })
  }

  /**
   * Waits for the next request without keeping the process alive.
   *
   * @param changed - Called when anything happens: the application has closed it, or speaks
   *   unasked.
   * @returns False when that has happened already.
   */
  rest(changed: () => void): boolean {
    if (this.#socket.read() !== null || !this.isOpen) return false
    this.#wake = changed
    this.#socket.unref()
    return true
  }

  /** Ends the rest. */
  resume(): void {
    this.#wake = () => {}
    this.#socket.ref()
  }

  /** Sends the last bytes if there is room for them, and closes. */
  close(last?: Uint8Array): void {
    const socket = this.#socket
    if (last === undefined || socket.writableLength > 0 || !socket.writable) {
      socket.destroy()
      return
    }
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS)
    socket.once('close', () => clearTimeout(timer))
    socket.end(last, () => socket.destroy())
  }
}
