import { basename, resolve } from 'node:path'
import { z } from 'zod'
import type { ValueProblem } from './schema-problems.ts'
import type { IdentityConfig, LeaseFileConfig } from './site.ts'

/** What tells who asks, the most trusted first. */
const finders = [
  'path',
  'certificate',
  'header',
  'agent',
  'event',
  'lease',
  'neighbour',
  'address',
] as const

const formats = ['dhcpd', 'kea', 'dnsmasq'] as const

type Format = (typeof formats)[number]

/** Names that distributions give to lease files. */
const formatNames: readonly (readonly [RegExp, Format])[] = [
  [/^dhcpd6?.*\.leases$/, 'dhcpd'],
  [/\.csv$/, 'kea'],
  [/dnsmasq/, 'dnsmasq'],
]

const leaseFile = z.union([
  z.string().min(1),
  z.strictObject({
    file: z.string().min(1).describe('The file; it need not be there yet.'),
    format: z
      .enum(formats)
      .optional()
      .describe(
        'How it is written: dhcpd, kea or dnsmasq. Default: what its name says (`dhcpd.leases`, `kea-leases4.csv`, `dnsmasq.leases`).',
      ),
  }),
])

export const identitySchema = z
  .strictObject({
    order: z
      .array(z.enum(finders))
      .max(finders.length)
      .refine((order) => new Set(order).size === order.length, 'each may be there once')
      .default([...finders])
      .describe(
        'What tells who asks, the most trusted first; what is left out is not used. Default [path, certificate, header, agent, event, lease, neighbour, address].',
      ),
    leases: z
      .array(leaseFile)
      .max(64)
      .default([])
      .describe('Lease files of DHCP servers, up to 64: a path, or options. Default none.'),
  })
  .prefault({})

/** How it is told who asks, or what the schema cannot say against it. */
interface IdentityResult {
  /** Undefined when the schema refuses it. */
  readonly identity: IdentityConfig | undefined
  readonly problems: readonly ValueProblem[]
}

/** Fills in what the names of the lease files say, and finds those that say nothing. */
export function identityFromInput(input: unknown, folder: string): IdentityResult {
  const { data } = identitySchema.safeParse(input)
  if (data === undefined) return { identity: undefined, problems: [] }
  const { order, leases } = data
  const problems: ValueProblem[] = []
  const files: LeaseFileConfig[] = []
  for (const [index, written] of leases.entries()) {
    const { file, format = formatOf(file) } =
      typeof written === 'string' ? { file: written } : written
    if (format !== undefined) files.push({ file: resolve(folder, file), format })
    else {
      const message = `found ${JSON.stringify(file)}, whose name does not say how it is written; allowed: \`format\` with ${formats.join(', ')}`
      problems.push({ path: ['identity', 'leases', index], message })
    }
  }
  return { identity: { order, leases: files }, problems }
}

function formatOf(file: string): Format | undefined {
  const name = basename(file)
  return formatNames.find(([form]) => form.test(name))?.[1]
}
