import { z } from 'zod'
import { parseAddress } from './endpoint.ts'

/** What `fastcgi:` takes in a route. */
export const fastcgiOptions = z
  .strictObject({
    address: z
      .string()
      .refine(
        (text) => parseAddress(text) !== undefined,
        'a host and a port like 127.0.0.1:9000 are needed',
      )
      .optional()
      .describe(
        'Where the application listens by TCP: `127.0.0.1:9000`, `[::1]:9000`, `php:9000`. Give this or `socket`.',
      ),
    socket: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The Unix socket where the application listens, relative to the configuration. Give this or `address`.',
      ),
    root: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder of scripts as the application sees it, relative to the configuration; it is DOCUMENT_ROOT. Default with `script`: the folder of the configuration.',
      ),
    script: z
      .string()
      .min(1)
      .optional()
      .describe(
        'One script, relative to `root`, whatever the name asked for. Default: the name says which.',
      ),
    extension: z
      .string()
      .regex(/^(?:\.[^/]+)?$/, 'an extension like .php is needed, or nothing')
      .default('.php')
      .describe(
        'How the names of scripts end: the first such segment is the script, what follows is PATH_INFO. Empty: the whole name is the script. Default .php.',
      ),
    index: z
      .string()
      .regex(/^[^/]+$/, 'a name without a slash is needed')
      .optional()
      .describe('The script for a name that ends with a slash. Default none.'),
    params: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe('Further parameters for the application. Default none.'),
    failureText: z
      .string()
      .default('PHP Fatal error')
      .describe(
        'Text among the errors of the application which says that the file is not whole; empty: none. Default PHP Fatal error.',
      ),
    outputBytesMax: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(256 * 1024 * 1024)
      .describe('Most bytes of an answer, 1 to 2^40. Default 268435456 (256 MiB).'),
    uploadCollectBytesMax: z
      .int()
      .min(0)
      .max(2 ** 32)
      .default(16 * 1024 * 1024)
      .describe(
        'Most bytes of an upload of unknown size: it is collected in memory, for the application needs CONTENT_LENGTH. 0 to 2^32. Default 16777216 (16 MiB).',
      ),
    connectMs: z
      .int()
      .min(1)
      .max(60_000)
      .default(5000)
      .describe(
        'How long a connection may take to be there, in milliseconds, 1 to 60000. Default 5000.',
      ),
    connectionsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Most requests of this route at once, 1 to 10000; more wait. Default 5.'),
    waitingMax: z
      .int()
      .min(0)
      .max(100_000)
      .default(1000)
      .describe(
        'Most requests that wait for a free connection, 0 to 100000; more are refused as busy. Default 1000.',
      ),
    idleConnectionsMax: z
      .int()
      .min(0)
      .max(10_000)
      .default(2)
      .describe(
        'Most connections that are kept for the next request, 0 to 10000; each may hold a worker of the application. Default 2.',
      ),
    idleMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(1000)
      .describe(
        'How long a connection is kept for the next request, in milliseconds, 1 to 3600000. Default 1000.',
      ),
  })
  .refine(({ address, socket }) => (address === undefined) !== (socket === undefined), {
    message: 'give either `address` or `socket`',
  })
  .refine(({ root, script }) => root !== undefined || script !== undefined, {
    message: 'give `root`, `script` or both',
  })

export type FastcgiOptions = z.output<typeof fastcgiOptions>
