/**
 * A request whose signal is made when it is first looked at: most sources never do, and a signal is
 * most of what a request costs in memory and time.
 */
export class SourceRequest extends Request {
  readonly #signalOf: () => AbortSignal

  constructor(url: string, init: RequestInit, signalOf: () => AbortSignal) {
    super(url, init)
    this.#signalOf = signalOf
  }

  override get signal(): AbortSignal {
    return this.#signalOf()
  }
}
