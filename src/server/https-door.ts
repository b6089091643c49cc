import type { SecureContextOptions } from 'node:tls'
import type { ListenAddress, TlsConfig } from '../config/site.ts'
import type { HttpFront } from '../fronts/http/http-front.ts'
import type { Log } from '../observe/log.ts'
import { TlsFiles } from './tls-files.ts'

/** Runs what takes ports, with the rights for it. */
export type Bind = <T>(work: () => Promise<T>) => Promise<T>

/** Where HTTPS is spoken. */
export interface HttpsDoor {
  /** Where it listens, ports filled in. */
  readonly listeners: readonly ListenAddress[]
  /** Follows the certificate no more; the listeners are the front's to close. */
  close(): Promise<void>
}

/**
 * Opens the encrypted listeners of a front.
 *
 * @throws {TlsFileError} When the certificate, the key or the signers cannot be used.
 * @throws {HttpListenError} When an address cannot be had; the front has to be stopped then.
 */
export async function openHttpsDoor(
  http: HttpFront,
  { addresses, tls, log, bind }: HttpsDoorOptions,
): Promise<HttpsDoor> {
  if (addresses.length === 0) return { listeners: [], close: () => Promise.resolve() }
  if (tls === undefined) throw new Error(WITHOUT_TLS)
  const { clientCertificates } = tls
  const onChange = (context: SecureContextOptions): void => http.encryptWith(context)
  const files = await TlsFiles.open(tls, { log, onChange })
  try {
    const { context } = files
    const encryption = { context, clientCertificates }
    const listeners = await bind(() => http.listen(addresses, encryption))
    return { listeners, close: () => files.close() }
  } catch (error) {
    await files.close()
    throw error
  }
}

export interface HttpsDoorOptions {
  /** Empty for none. */
  readonly addresses: readonly ListenAddress[]
  readonly tls: TlsConfig | undefined
  readonly log: Log
  readonly bind: Bind
}

const WITHOUT_TLS =
  'Cannot listen for HTTPS: the configuration has no `tls` with a `certificateFile` and a `keyFile`'
