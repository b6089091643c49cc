/** A listener that could not be opened. The message says why and what can be done. */
export class HttpListenError extends Error {
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.name = 'HttpListenError'
    this.code = code
  }
}

/** A listener, and what is spoken there. */
interface Where {
  readonly address: string
  readonly port: number
  readonly scheme: 'http' | 'https'
}

/** Puts a system error of `listen` into words with the ways out. */
export function listenError(error: NodeJS.ErrnoException, where: Where): HttpListenError {
  const host = where.address.includes(':') ? `[${where.address}]` : where.address
  const { scheme } = where
  const start = `Cannot listen on ${host}:${where.port} for ${scheme.toUpperCase()}`
  const example = `--${scheme} ${host}:${scheme === 'http' ? 8069 : 8443}`
  const advice: Readonly<Record<string, string>> = {
    EACCES: `not permitted: choose a port above 1023 (${example}), or give node the capability CAP_NET_BIND_SERVICE`,
    EADDRINUSE: `another program has it (see it with "ss -ltnp"): stop that one or choose another port`,
    EADDRNOTAVAIL: 'this machine does not have that address',
  }
  const reason = advice[error.code ?? ''] ?? error.message
  return new HttpListenError(`${start}: ${reason}`, error.code)
}
