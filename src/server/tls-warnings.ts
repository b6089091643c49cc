import type { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { TlsConfig } from '../config/site.ts'

/** So long before the end of a certificate people are told, in ms: two weeks. */
const SOON_MS = 14 * 86_400_000

/** What is wrong with a certificate's time. @param now - In ms since 1970. */
export function validityWarning(
  { certificateFile }: Pick<TlsConfig, 'certificateFile'>,
  certificate: Pick<X509Certificate, 'validFrom' | 'validTo'>,
  now: number,
): string | undefined {
  const endsAt = Date.parse(certificate.validTo)
  const from = new Date(certificate.validFrom)
  if (from.getTime() > now) {
    const clock = "is this server's clock right?"
    return `the certificate in ${certificateFile} counts only from ${day(from)} on; ${clock}`
  }
  if (endsAt > now + SOON_MS) return undefined
  const ends = endsAt > now ? 'ends' : 'has ended'
  return `the certificate in ${certificateFile} ${ends} on ${day(new Date(endsAt))}: renew it`
}

/** What is wrong with who may read the key. */
export async function keyModeWarning({
  keyFile,
}: Pick<TlsConfig, 'keyFile'>): Promise<string | undefined> {
  const { mode } = await stat(keyFile).catch(() => ({ mode: 0 }))
  if (process.platform === 'win32' || (mode & 0o007) === 0) return undefined
  return `everybody on this machine can read ${keyFile}: chmod 0600`
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
