import { LRUCache } from 'lru-cache'
import type { Log } from '../../observe/log.ts'

/** Addresses whose last failure is remembered. */
const ADDRESSES_MAX = 1000
/** How long the same failure of the same address is not said again, in ms. */
const QUIET_MS = 60_000

/** What people can do about a handshake that fails; by OpenSSL's or the system's name. */
const hints: Readonly<Record<string, string>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client speaks only an older TLS than tls.minVersion allows',
  ERR_SSL_VERSION_TOO_LOW: 'the client speaks only an older TLS than tls.minVersion allows',
  ERR_SSL_NO_SHARED_CIPHER: 'the client knows no cipher of this server: is it an old one?',
  ERR_SSL_HTTP_REQUEST: 'the client speaks HTTP without TLS at the port for HTTPS',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not know who signed tls.certificateFile',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the client does not believe tls.certificateFile',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the client does not believe tls.certificateFile',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'to the client tls.certificateFile has expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what the client sent is no TLS',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the client began and did not go on',
}

/** Says why clients fail before they can ask: no journal entry does. */
export class HandshakeLog {
  readonly #log: Log
  readonly #said = new LRUCache<string, true>({ max: ADDRESSES_MAX, ttl: QUIET_MS })

  constructor(log: Log) {
    this.#log = log
  }

  failed(error: NodeJS.ErrnoException, address: string | undefined): void {
    const { code = error.message } = error
    // Scans of ports, and clients that were switched off.
    if (code === 'ECONNRESET' || code === 'EPIPE') return
    const key = `${address} ${code}`
    if (this.#said.has(key)) return
    this.#said.set(key, true)
    const hint = hints[code] ?? error.message
    this.#log.warn({ client: address, code }, `no TLS with ${address ?? 'a client'}: ${hint}`)
  }
}
