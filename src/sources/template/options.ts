import { z } from 'zod'

/** What `template:` takes in a route. A bare string is the file. */
export const templateOptions = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe('Template, relative to the configuration. Give this or `folder`.'),
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder of `*.j2` files, relative to the configuration. Each answers the path of its name without `.j2`; names may hold parameters: `phones/SEP{mac}.cnf.xml.j2`. Give this or `file`.',
      ),
    root: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder from which `extends` and `include` are looked up, relative to the configuration. Default: `folder`, or the folder of the configuration.',
      ),
    contentType: z
      .string()
      .min(1)
      .optional()
      .describe('Content-Type of the answer. Default: by the extension of the name asked for.'),
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
  })
  .refine((options) => (options.folder === undefined) !== (options.file === undefined), {
    message: 'give either `file` or `folder`',
  })

export type TemplateOptions = z.output<typeof templateOptions>
