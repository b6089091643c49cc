import { AddressError, parseListenAddress } from './addresses.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { ListenAddress } from './site.ts'

/** Ports where the configuration names an address only. */
const DEFAULT_PORTS = { tftp: 69, http: 8069 } as const

/** What was made of the addresses of one front, and what is wrong with them. */
export interface AddressesResult {
  /** Undefined where nothing is written. */
  readonly addresses: readonly ListenAddress[] | undefined
  readonly problems: readonly ValueProblem[]
}

/**
 * Reads the addresses of one front, written as one or as a list. What is neither text nor a port is
 * left out.
 */
export function addressesFromInput(front: 'tftp' | 'http', given: unknown): AddressesResult {
  if (given === undefined) return { addresses: undefined, problems: [] }
  const isList = Array.isArray(given)
  const addresses: ListenAddress[] = []
  const problems: ValueProblem[] = []
  for (const [index, text] of (isList ? (given as unknown[]) : [given]).entries()) {
    if (typeof text !== 'string' && typeof text !== 'number') continue
    try {
      addresses.push(parseListenAddress(String(text), DEFAULT_PORTS[front]))
    } catch (error) {
      if (!(error instanceof AddressError)) throw error
      const path = isList ? ['listen', front, index] : ['listen', front]
      problems.push({ path, message: error.message.replace(/^Found/, 'found') })
    }
  }
  return { addresses, problems }
}
