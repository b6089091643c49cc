import type { FailureLog } from './dgram/failure-log.ts'
import { formatEndpoint } from './listen-error.ts'

/** What a failed send or receive usually means, for those who read the log. */
export const failureMeanings: Readonly<Record<string, string>> = {
  EACCES: 'the destination is a broadcast address, or a local firewall forbids it',
  EADDRNOTAVAIL: 'the local address is gone',
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'no way to that host',
  EMSGSIZE: 'the datagram is larger than the path carries',
  ENETUNREACH: 'no route to that network',
  ENOBUFS: 'the network card does not keep up',
  EPERM: 'a local firewall forbids it',
}

/** Notes a datagram that the system would not send; only the code tells failures apart. */
export function noteSendFailure(
  failures: FailureLog,
  failed: { readonly code: string; readonly address: string; readonly port: number },
): void {
  const { code, address, port } = failed
  failures.note(`send ${code}`, () => {
    const meaning = failureMeanings[code] ?? 'the system refused it'
    return `Cannot send to ${formatEndpoint(address, port)} (${code}): ${meaning}`
  })
}
