import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { nameTemplateParameters, nameTemplateProblem } from './stored-name.ts'

const network = z.string().refine(isNetwork, 'an address or a network like 10.1.0.0/16 is needed')

/** What `uploads:` takes in a route. A bare string is the folder. */
export const uploadsOptions = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder that uploads are kept in, relative to the configuration. Default: they are kept in the state, where a file may have versions.',
      ),
    name: z
      .string()
      .min(1)
      .superRefine((template, context) => {
        const message = nameTemplateProblem(template)
        if (message !== undefined) context.addIssue({ code: 'custom', message })
      })
      .optional()
      .describe(
        'Name that a file is kept under, with what the pattern captures: `{mac:bare}-boot.log`. Default: what `{path...}` captured, else the whole path.',
      ),
    overwrite: z
      .enum(['never', 'own', 'always', 'version'])
      .default('own')
      .describe(
        'Who may write a file again: `never`, `own` (only the device that wrote it first), `always`, or `version` (whoever, and 20 versions are kept). Default own.',
      ),
    owner: z
      .enum(['device', 'address'])
      .default('device')
      .describe(
        'Whose a file is: the `device` of the inventory that wrote it, or the `address` where it is unknown; or always the `address`. Default device.',
      ),
    append: z
      .boolean()
      .default(false)
      .describe('Add to the file what is uploaded, as phones expect for logs. Default false.'),
    appendBytesMax: z
      .int()
      .min(1024)
      .max(2 ** 32)
      .default(1024 * 1024)
      .describe(
        'With `append`: largest file, in bytes, 1024 to 2^32; its oldest lines go. Default 1048576 (1 MiB).',
      ),
    versionsMax: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'Versions of a file that are kept, 1 to 10000; the oldest go. Default: 1, and 20 with `overwrite: version`.',
      ),
    keepDays: z
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .describe(
        'Versions older than this go, but for the latest, in days, 1 to 36500. Default: age does not matter.',
      ),
    quotaBytes: z
      .int()
      .min(1)
      .max(2 ** 50)
      .default(64 * 1024 * 1024)
      .describe(
        'Most bytes kept of one device, versions included, 1 to 2^50. Default 67108864 (64 MiB).',
      ),
    quotaFiles: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('Most files kept of one device, 1 to 1000000. Default 100.'),
    filesMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Most files kept in the folder, or in the state, 1 to 1000000. Default 10000.'),
    concurrentMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(256)
      .describe(
        'Most uploads of this route at once, 1 to 10000; more are refused as busy. Default 256.',
      ),
    from: z
      .array(network)
      .min(1)
      .max(1000)
      .optional()
      .describe('Networks (`10.1.0.0/16`) that may use the route. Default: whoever asks.'),
  })
  .superRefine(({ folder, append, overwrite, versionsMax }, context) => {
    const has = overwrite === 'version' ? 'overwrite' : 'versionsMax'
    const hasVersions = overwrite === 'version' || (versionsMax ?? 1) > 1
    if (folder !== undefined && hasVersions) {
      const message = 'leave out `folder`: versions are kept in the state'
      context.addIssue({ code: 'custom', message, path: [has] })
    } else if (append && hasVersions) {
      const message = 'a file that is added to has no versions: leave one of them out'
      context.addIssue({ code: 'custom', message, path: ['append'] })
    } else if (append && overwrite === 'never') {
      const message = 'adding changes the file: `overwrite: own` or `always` is needed'
      context.addIssue({ code: 'custom', message, path: ['append'] })
    }
  })

export type UploadsOptions = z.output<typeof uploadsOptions>

/** What stands behind a route, for people: `uploads phone-logs/`. */
export function uploadsLabel({ folder }: Pick<UploadsOptions, 'folder'>): string {
  if (folder === undefined) return 'uploads (state)'
  return `uploads ${folder.endsWith('/') ? folder : `${folder}/`}`
}

/** A parameter that the name needs and the route's pattern does not capture; undefined: none. */
export function unknownParameter(
  { name = '' }: Pick<UploadsOptions, 'name'>,
  captured: readonly string[],
): string | undefined {
  return nameTemplateParameters(name).find((parameter) => !captured.includes(parameter))
}

function isNetwork(text: string): boolean {
  const [address = '', ...bits] = text.split('/')
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
  if (!isAddress || address.includes('%') || bits.length > 1) return false
  return bits.length === 0 || ipaddr.isValidCIDR(text)
}
