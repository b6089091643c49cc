/** A port of a thread, or the thread. */
interface Port {
  postMessage(message: unknown): void
}

/** Sends what was said in one turn as one message: a crossing costs more than what is in it. */
export class MessageBatch<T> {
  readonly #port: Port
  #waiting: T[] = []

  constructor(port: Port) {
    this.#port = port
  }

  send(message: T): void {
    if (this.#waiting.length === 0) process.nextTick(() => this.flush())
    this.#waiting.push(message)
  }

  flush(): void {
    const messages = this.#waiting
    if (messages.length === 0) return
    this.#waiting = []
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#port.postMessage(messages)
  }
}
