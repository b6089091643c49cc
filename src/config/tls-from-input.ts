import { resolve } from 'node:path'
import { z } from 'zod'
import type { ValueProblem } from './schema-problems.ts'
import type { TlsConfig } from './site.ts'

const demands = ['none', 'optional', 'required'] as const

export const tlsSchema = z.strictObject({
  certificateFile: z
    .string()
    .min(1)
    .describe(
      "The server's certificate in PEM, those of its signers behind it. Followed as it changes.",
    ),
  keyFile: z.string().min(1).describe('Its private key in PEM, not encrypted.'),
  clientCaFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Certificates in PEM of those who sign certificates of devices: a manufacturer, your own. Default none.',
    ),
  clientCertificates: z
    .enum(demands)
    .optional()
    .describe(
      'Whether devices are asked for a certificate: `none`, `optional`, `required`. Default optional where `clientCaFile` is given, else none.',
    ),
  minVersion: z
    .enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe(
      'Oldest TLS that is spoken: `TLSv1`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`. The first two allow weak signatures too. Default TLSv1.2.',
    ),
})

/** How HTTPS is spoken, or what the schema cannot say against it. */
interface TlsResult {
  /** Undefined where nothing is written, or the schema refuses it. */
  readonly tls: TlsConfig | undefined
  readonly problems: readonly ValueProblem[]
}

/** Fills in what depends on another key, and finds keys that need one. */
export function tlsFromInput(input: unknown, folder: string): TlsResult {
  const { data } = tlsSchema.safeParse(input)
  if (data === undefined) return { tls: undefined, problems: [] }
  const { certificateFile, keyFile, clientCaFile, minVersion } = data
  const clientCertificates =
    data.clientCertificates ?? (clientCaFile === undefined ? 'none' : 'optional')
  const problems: ValueProblem[] = []
  if (clientCertificates !== 'none' && clientCaFile === undefined) {
    const message = `found "${clientCertificates}" without \`clientCaFile\`, which says whose certificates are believed`
    problems.push({ path: ['tls', 'clientCertificates'], message })
  }
  const tls = {
    certificateFile: resolve(folder, certificateFile),
    keyFile: resolve(folder, keyFile),
    clientCaFile: clientCaFile === undefined ? undefined : resolve(folder, clientCaFile),
    clientCertificates,
    minVersion,
  }
  return { tls, problems }
}

/** What of a site cannot be without `tls`. */
export interface TlsNeeds {
  /** False as well where `tls` is written and wrong. */
  readonly isWritten: boolean
  readonly tls: TlsConfig | undefined
  readonly listensForHttps: boolean
  /** `secrets.certificates` */
  readonly trustsCertificates: boolean
  readonly order: readonly string[]
}

/** Finds keys that count on a certificate that nobody has, or asks for. */
export function tlsProblems(needs: TlsNeeds): readonly ValueProblem[] {
  const problems: ValueProblem[] = []
  if (needs.listensForHttps && !needs.isWritten) {
    const message = 'needs `tls` with a `certificateFile` and a `keyFile`'
    problems.push({ path: ['listen', 'https'], message })
  }
  if (!needs.trustsCertificates) return problems
  const asksNobody = needs.tls === undefined || needs.tls.clientCertificates === 'none'
  if (asksNobody && (needs.tls !== undefined || !needs.isWritten)) {
    const message = 'found true, but no device is asked for a certificate: `tls.clientCaFile`'
    problems.push({ path: ['secrets', 'certificates'], message })
  }
  if (!needs.order.includes('certificate')) {
    const message = 'found true, but `identity.order` leaves out `certificate`'
    problems.push({ path: ['secrets', 'certificates'], message })
  }
  return problems
}
