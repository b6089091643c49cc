/** A listener that could not be opened. The message says why and what can be done. */
export class HttpListenError extends Error {
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.name = 'HttpListenError'
    this.code = code
  }
}

/** Puts a system error of `listen` into words with the ways out. */
export function listenError(
  error: NodeJS.ErrnoException,
  where: { readonly address: string; readonly port: number },
): HttpListenError {
  const host = where.address.includes(':') ? `[${where.address}]` : where.address
  const start = `Cannot listen on ${host}:${where.port} for HTTP`
  const advice: Readonly<Record<string, string>> = {
    EACCES: `not permitted: choose a port above 1023 (--http ${host}:8069), or give node the capability CAP_NET_BIND_SERVICE`,
    EADDRINUSE: `another program has it (see it with "ss -ltnp"): stop that one or choose another port`,
    EADDRNOTAVAIL: 'this machine does not have that address',
  }
  const reason = advice[error.code ?? ''] ?? error.message
  return new HttpListenError(`${start}: ${reason}`, error.code)
}
