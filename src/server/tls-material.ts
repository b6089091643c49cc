import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsConfig } from '../config/site.ts'

/** A chain of some certificates has a few KiB, a bundle of all public signers 250. */
const FILE_BYTES_MAX = 4 * 1024 * 1024

/** A file that TLS cannot be spoken with. The message says which, why, and what to do. */
export class TlsFileError extends Error {
  /** The key of `tls` in the configuration. */
  readonly key: 'certificateFile' | 'keyFile' | 'clientCaFile'

  constructor(key: TlsFileError['key'], message: string) {
    super(message)
    this.name = 'TlsFileError'
    this.key = key
  }
}

/** All that TLS is spoken with, read and found to fit together. */
export interface TlsMaterial {
  /** What `tls.createSecureContext` takes. */
  readonly context: SecureContextOptions
  /** The server's own. */
  readonly certificate: X509Certificate
}

/** @throws {TlsFileError} */
export async function readTlsMaterial(config: TlsConfig): Promise<TlsMaterial> {
  const chain = await certificatesIn('certificateFile', config.certificateFile)
  const [certificate] = chain.certificates
  if (certificate === undefined) throw new TypeError('A chain without certificates')
  const key = await keyIn(config.keyFile)
  checkPair(chain.certificates, key.object, config)
  const { clientCaFile } = config
  const ca =
    clientCaFile === undefined
      ? undefined
      : (await certificatesIn('clientCaFile', clientCaFile)).text
  const context = {
    cert: chain.text,
    key: key.text,
    // Without it every signer that the system believes could make a device.
    ca: ca ?? [],
    minVersion: config.minVersion,
    ...weakCiphers(config),
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new TlsFileError('certificateFile', contextProblem(config, error))
  }
  return { context, certificate }
}

/** TLS 1.0 and 1.1 are signed with SHA-1, as the certificates of their time: OpenSSL forbids it. */
function weakCiphers({ minVersion }: TlsConfig): Pick<SecureContextOptions, 'ciphers'> {
  return minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
    ? { ciphers: 'DEFAULT:@SECLEVEL=0' }
    : {}
}

async function certificatesIn(
  key: 'certificateFile' | 'clientCaFile',
  file: string,
): Promise<{ readonly text: string; readonly certificates: readonly X509Certificate[] }> {
  const text = await textOf(key, file)
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) {
    throw new TlsFileError(key, `No certificate is in ${file}: ${whatIsIn(text, file)}`)
  }
  const certificates = blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      const which = blocks.length === 1 ? 'The certificate' : `Certificate ${index + 1}`
      throw new TlsFileError(key, `${which} in ${file} cannot be read: ${reasonOf(error)}`)
    }
  })
  return { text: blocks.join('\n'), certificates }
}

async function keyIn(file: string): Promise<{ readonly text: string; readonly object: KeyObject }> {
  const text = await textOf('keyFile', file)
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    const help = `decrypt it: openssl pkey -in ${file} -out NEW, readable by this server alone`
    throw new TlsFileError('keyFile', `The key in ${file} is encrypted; ${help}`)
  }
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(text)) {
    throw new TlsFileError('keyFile', `No private key is in ${file}: ${whatIsIn(text, file)}`)
  }
  try {
    return { text, object: createPrivateKey(text) }
  } catch (error) {
    throw new TlsFileError('keyFile', `The key in ${file} cannot be read: ${reasonOf(error)}`)
  }
}

async function textOf(key: TlsFileError['key'], file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'this user may not read it',
      EISDIR: 'it is a folder',
    }
    const reason = reasons[error.code ?? ''] ?? error.message
    throw new TlsFileError(key, `Cannot read ${file}: ${reason}`)
  })
  if (bytes.length > FILE_BYTES_MAX) {
    throw new TlsFileError(key, `${file} has over ${FILE_BYTES_MAX} bytes: that is no PEM file`)
  }
  return bytes.toString('latin1')
}

function whatIsIn(text: string, file: string): string {
  if (text.trim() === '') return 'it is empty'
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1]
  if (label !== undefined && !text.includes(`-----END ${label}-----`)) return 'it is cut off'
  if (label !== undefined) return `it holds a ${label.toLowerCase()}`
  const help = `openssl x509 -inform der -in ${file} -out NEW makes PEM of DER`
  return `PEM begins with -----BEGIN; ${help}`
}

function checkPair(
  certificates: readonly X509Certificate[],
  key: KeyObject,
  { certificateFile, keyFile }: TlsConfig,
): void {
  const index = certificates.findIndex((certificate) => certificate.checkPrivateKey(key))
  if (index === 0) return
  if (index > 0) {
    const order = 'the own certificate comes first, those of its signers behind it'
    const found = `the key in ${keyFile} belongs to number ${index + 1}`
    throw new TlsFileError(
      'certificateFile',
      `Wrong order in ${certificateFile}: ${order}; ${found}`,
    )
  }
  const message = `The key in ${keyFile} does not belong to the certificate in ${certificateFile}`
  throw new TlsFileError('keyFile', message)
}

function contextProblem({ certificateFile }: TlsConfig, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  const weak: Readonly<Record<string, string>> = {
    ERR_SSL_EE_KEY_TOO_SMALL: 'its key is too short, 2048 bits of RSA are needed',
    ERR_SSL_CA_KEY_TOO_SMALL: 'the key of its signer is too short, 2048 bits of RSA are needed',
    ERR_SSL_CA_MD_TOO_WEAK: 'it is signed with SHA-1 or MD5',
  }
  const reason = weak[code ?? '']
  const start = `TLS cannot be spoken with ${certificateFile}`
  if (reason === undefined) return `${start}: ${reasonOf(error)}`
  return `${start}: ${reason}; only minVersion TLSv1 and TLSv1.1 allow it`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
