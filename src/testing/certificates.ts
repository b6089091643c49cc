import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a certificate is made of. */
export interface CertificateWish {
  /** As OpenSSL writes it: `/CN=desk-7/serialNumber=A1`. */
  readonly subject: string
  /** `IP:127.0.0.1,DNS:localhost`. Default none. */
  readonly alternativeNames?: string
  /** Name of the certificate that signs it. Default: itself. */
  readonly signer?: string
  /** How long it counts, in days from now; below 0: it has ended. Default 60. */
  readonly days?: number
}

/** Makes `NAME.pem` and `NAME.key` in a folder. */
export async function makeCertificate(
  folder: string,
  name: string,
  wish: CertificateWish,
): Promise<void> {
  const { subject, alternativeNames, signer, days = 60 } = wish
  const file = (ending: string): string => join(folder, ending)
  const isSigner = signer === undefined && alternativeNames === undefined
  const extensions = [
    `basicConstraints=critical,CA:${isSigner ? 'TRUE' : 'FALSE'}`,
    ...(alternativeNames === undefined ? [] : [`subjectAltName=${alternativeNames}`]),
  ]
  await writeFile(file(`${name}.ext`), extensions.join('\n'))
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const request = ['req', '-new', ...newKey, '-keyout', file(`${name}.key`), '-subj', subject]
  await run('openssl', [...request, '-out', file(`${name}.csr`)])
  const by =
    signer === undefined
      ? ['-signkey', file(`${name}.key`)]
      : ['-CA', file(`${signer}.pem`), '-CAkey', file(`${signer}.key`), '-CAcreateserial']
  const what = ['-in', file(`${name}.csr`), '-extfile', file(`${name}.ext`), '-days', String(days)]
  await run('openssl', ['x509', '-req', ...what, ...by, '-out', file(`${name}.pem`)])
}

/** False where it is installed, else why tests that need it are left out. */
export async function withoutOpenssl(): Promise<false | string> {
  return run('openssl', ['version']).then(
    () => false,
    () => 'openssl is not installed',
  )
}
