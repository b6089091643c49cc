import { z } from 'zod'

/** What `cgi:` takes in a route. A bare string is the folder if it is one, else the script. */
export const cgiOptions = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder of scripts, relative to the configuration. The script is named by the `{path...}` parameter if the pattern has one, else by the whole path; what follows its name is PATH_INFO. Give this or `script`.',
      ),
    script: z
      .string()
      .min(1)
      .optional()
      .describe('One executable, whatever the name asked for. Give this or `folder`.'),
    arguments: z
      .array(z.string())
      .default([])
      .describe('Arguments given to the script before any other. Default none.'),
    cgiHeaders: z
      .enum(['auto', 'always', 'never'])
      .default('auto')
      .describe(
        'Whether output begins with CGI headers. `auto`: only if its first line is Content-Type, Status or Location and a blank line follows within 8 KiB. Default auto.',
      ),
    environment: z
      .record(z.string(), z.string())
      .default({})
      .describe('Further environment variables for the script. Default none.'),
    outputBytesMax: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(256 * 1024 * 1024)
      .describe('Most bytes a script may print, 1 to 2^40. Default 268435456 (256 MiB).'),
    concurrentMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(32)
      .describe('Most scripts of this route that run at once, 1 to 10000; more wait. Default 32.'),
    waitingMax: z
      .int()
      .min(0)
      .max(100_000)
      .default(1000)
      .describe(
        'Most requests that wait for a free place, 0 to 100000; more are refused as busy. Default 1000.',
      ),
  })
  .refine((options) => (options.folder === undefined) !== (options.script === undefined), {
    message: 'give either `folder` or `script`',
  })

export type CgiOptions = z.output<typeof cgiOptions>
