import { z } from 'zod'

/** What `docsis:` takes in a route. */
export const docsisOptions = z
  .strictObject({
    template: z
      .string()
      .min(1)
      .describe(
        'Jinja template that makes the settings in YAML, see docsis.md; relative to the configuration.',
      ),
    root: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder from which `extends` and `include` are looked up, relative to the configuration. Default: the folder of the configuration.',
      ),
    fuel: z
      .int()
      .min(1_000)
      .max(1_000_000_000)
      .default(10_000_000)
      .describe(
        'Most steps of the template engine per file, 1000 to 10^9; an endless loop ends here. Default 10000000.',
      ),
    values: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Values for this route; they win over the values of the site. Default none.'),
    sharedSecretFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File that holds the secret shared with the CMTS, relative to the configuration; a line end behind it does not count. Give this or `sharedSecretVariable`.',
      ),
    sharedSecretVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable is needed')
      .optional()
      .describe(
        'Environment variable of the server that holds that secret. Give this or `sharedSecretFile`.',
      ),
  })
  .refine(
    ({ sharedSecretFile, sharedSecretVariable }) =>
      (sharedSecretFile === undefined) !== (sharedSecretVariable === undefined),
    { message: 'give either `sharedSecretFile` or `sharedSecretVariable`' },
  )

export type DocsisOptions = z.output<typeof docsisOptions>
