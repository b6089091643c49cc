import { z } from 'zod'

/** What `handler:` takes in a route. A bare string is the module. */
export const handlerOptions = z.strictObject({
  module: z
    .string()
    .min(1)
    .describe(
      'JavaScript or TypeScript module, relative to the configuration, whose default export is a fetch function or an object with `fetch` (a Hono app).',
    ),
  export: z
    .string()
    .min(1)
    .default('default')
    .describe('Which export of the module. Default `default`.'),
})

export type HandlerOptions = z.output<typeof handlerOptions>
