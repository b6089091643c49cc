import { Circuit, type CircuitOptions } from './circuit.ts'
import { type UrlTemplate, parseUrlTemplate } from './url-template.ts'

/** One of the servers that have the files, and how it has done of late. */
export class Upstream {
  readonly template: UrlTemplate
  /** What requests found. */
  readonly circuit: Circuit
  /** What looking after it found; stays as it is until the next look. */
  readonly health: Circuit

  constructor(url: string, options: CircuitOptions, now: () => number) {
    this.template = parseUrlTemplate(url)
    this.circuit = new Circuit(options, now)
    this.health = new Circuit({ ...options, openMs: Number.POSITIVE_INFINITY }, now)
  }

  /** True when it may be asked before others that are not known to fail. */
  admit(): boolean {
    return !this.health.isOpen && this.circuit.admit()
  }
}

/**
 * The upstreams in the order in which a request asks them: as they are written, those that fail of
 * late at the end. None is left out: when all have failed, asking is the only way to find out.
 */
export function* inTurn(upstreams: readonly Upstream[]): Generator<Upstream, void> {
  const later: Upstream[] = []
  for (const upstream of upstreams) {
    if (upstream.admit()) yield upstream
    else later.push(upstream)
  }
  yield* later
}
