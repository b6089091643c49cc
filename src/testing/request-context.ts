import { parseHttpTarget } from '../routing/request-path.ts'
import { declineResponse, type RequestContext } from '../routing/source.ts'

/** The context of a TFTP read of `/` by 10.0.0.7, but for what a test says. */
export function requestContext(change: Partial<RequestContext> = {}): RequestContext {
  return {
    id: 'test-1',
    front: 'tftp',
    clientAddress: '10.0.0.7',
    clientPort: 1069,
    localAddress: '10.0.0.1',
    localPort: 69,
    protocol: 'TFTP/1.0',
    tftpOptions: new Map(),
    tftpMode: 'octet',
    path: parseHttpTarget('/'),
    params: {},
    signal: new AbortController().signal,
    deadlineMs: 1000,
    decline: declineResponse,
    device: undefined,
    madeFrom: () => {},
    note: () => {},
    ...change,
  }
}
