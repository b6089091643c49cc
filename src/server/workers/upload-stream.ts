/** Bytes of an upload that arrive from another thread, as the body of a request. */
export class UploadStream {
  readonly stream: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  /** @param onPull - Told when the source wants more, or wants none any more. */
  constructor(onPull: (isOver: boolean) => void) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => onPull(false),
        cancel: () => {
          this.#controller = undefined
          onPull(true)
        },
      },
      { highWaterMark: 0 },
    )
  }

  push(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes)
  }

  /** @param error - Why it ends early; undefined: it is whole. */
  end(error: string | undefined): void {
    if (error === undefined) this.#controller?.close()
    else this.#controller?.error(new Error(error))
    this.#controller = undefined
  }
}
