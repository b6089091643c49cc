import { AddressError, parseListenAddress } from './addresses.ts'
import type { ValueProblem } from './schema-problems.ts'
import type { ListenAddress } from './site.ts'

/** Ports where the configuration names an address only. */
const DEFAULT_PORTS = { tftp: 69, http: 8069, https: 8443 } as const

type Scheme = keyof typeof DEFAULT_PORTS

/** Where it is listened, and what is wrong with how that is written. */
interface ListenersResult {
  /** Undefined where nothing is written. */
  readonly addresses: Readonly<Record<Scheme, readonly ListenAddress[] | undefined>>
  readonly problems: readonly ValueProblem[]
}

/** Reads `listen`: each of its addresses is one, or a list. */
export function listenersFromInput(input: unknown): ListenersResult {
  const written = (typeof input === 'object' ? input : undefined) ?? {}
  const problems: ValueProblem[] = []
  const read = (scheme: Scheme): readonly ListenAddress[] | undefined =>
    addressesFrom(scheme, (written as Readonly<Record<string, unknown>>)[scheme], problems)
  return {
    addresses: { tftp: read('tftp'), http: read('http'), https: read('https') },
    problems,
  }
}

/** What is neither text nor a port is left out. */
function addressesFrom(
  scheme: Scheme,
  given: unknown,
  problems: ValueProblem[],
): readonly ListenAddress[] | undefined {
  if (given === undefined) return undefined
  const isList = Array.isArray(given)
  const addresses: ListenAddress[] = []
  for (const [index, text] of (isList ? (given as unknown[]) : [given]).entries()) {
    if (typeof text !== 'string' && typeof text !== 'number') continue
    try {
      addresses.push(parseListenAddress(String(text), DEFAULT_PORTS[scheme]))
    } catch (error) {
      if (!(error instanceof AddressError)) throw error
      const path = isList ? ['listen', scheme, index] : ['listen', scheme]
      problems.push({ path, message: error.message.replace(/^Found/, 'found') })
    }
  }
  return addresses
}
