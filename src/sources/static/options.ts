import { z } from 'zod'

/** What `static:` takes in a route. A bare string is the folder. */
export const staticOptions = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder that holds the files, relative to the configuration. The file is named by the `{path...}` parameter if the pattern has one, else by the whole path. Give this or `file`.',
      ),
    file: z
      .string()
      .min(1)
      .optional()
      .describe('One file, whatever the name asked for. Give this or `folder`.'),
    ignoreCase: z
      .boolean()
      .default(false)
      .describe('Find files whatever the case of their names; an exact match wins. Default false.'),
    perClient: z
      .enum(['address', 'mac'])
      .optional()
      .describe(
        'Look only into the folder below that is named like the client, if there is one: `10.0.0.7`, or `00-11-22-aa-bb-cc`. Default: one folder for all.',
      ),
  })
  .refine((options) => (options.folder === undefined) !== (options.file === undefined), {
    message: 'give either `folder` or `file`',
  })
  .refine(({ file, perClient }) => file === undefined || perClient === undefined, {
    message: 'needs `folder`',
    path: ['perClient'],
  })

export type StaticOptions = z.output<typeof staticOptions>
