import { z } from 'zod'
import { routeSchema } from '../config/schema.ts'

/** Of one list in a kit, so that a file that went wrong cannot grow without end. */
const ENTRIES_MAX = 1000

const text = z.string().min(1)
const texts = z.array(text).max(ENTRIES_MAX)

/** TFTP options as they go over the wire: `[[tsize, '0'], [blksize, '1468']]`. */
const optionPairs = z.array(z.tuple([text, z.string()])).max(16)

const stepSchema = z
  .strictObject({
    ask: text.optional().describe('The name that is read.'),
    put: text.optional().describe('The name that is written, with `body`.'),
    body: z.string().optional().describe('With `put`: what is written. Default nothing.'),
    by: z.enum(['tftp', 'http']).default('tftp').describe('By which front. Default tftp.'),
    mode: z.enum(['octet', 'netascii']).default('octet').describe('TFTP mode. Default octet.'),
    options: optionPairs.default([]).describe('TFTP options in wire order. Default none.'),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe('HTTP request headers. Default none.'),
    times: z.int().min(1).max(100).default(1).describe('How often it is asked. Default 1.'),
    answer: z
      .enum(['file', 'missing', 'stopped'])
      .describe(
        'What it gets: `file` (of a `put`: it is taken), `missing` (ERROR 1, 404), or `stopped`: the client ends a read with an ERROR at the OACK.',
      ),
    contains: texts.default([]).describe('Texts that the file holds. Default none.'),
    lacks: texts.default([]).describe('Texts that the file does not hold. Default none.'),
    source: z
      .enum(['S', 'D', 'm'])
      .describe('How it is known: S read in source, D documented, m from memory.'),
  })
  .superRefine((step, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((step.ask === undefined) === (step.put === undefined)) {
      context.addIssue('one of `ask` and `put` is needed')
    }
    if (step.body !== undefined && step.put === undefined) refuse('body', 'it belongs to `put`')
    if (step.by === 'http' && step.options.length > 0) refuse('options', 'they are of TFTP alone')
    if (step.by === 'tftp' && Object.keys(step.headers).length > 0) {
      refuse('headers', 'they are of HTTP alone')
    }
    if (step.answer === 'stopped' && !step.options.some(([name]) => name === 'tsize')) {
      refuse('answer', 'a client stops at the OACK when it asked for `tsize`')
    }
  })

const walkSchema = z.strictObject({
  name: text.describe('What is going on: first start.'),
  device: text.optional().describe('A device of `inventory`. Default: one that is not known.'),
  steps: z.array(stepSchema).min(1).max(ENTRIES_MAX).describe('What is asked, in order.'),
})

/**
 * `kit.yaml`: everything a family of devices needs of a site.
 *
 * Paths in `routes` start from the folder of the site. `files/` there is served as it is by a last
 * route that `trivet init` adds, so no kit has a route for `/{path...}`.
 */
export const kitSchema = z.strictObject({
  title: text.describe('What people call these devices.'),
  summary: text.describe('One sentence.'),
  values: z.record(z.string(), z.unknown()).default({}).describe('Go to `values` of the site.'),
  routes: z.array(routeSchema).min(1).max(ENTRIES_MAX).describe('Go to `routes` of the site.'),
  expectedMisses: texts.default([]).describe('Patterns; go to `expectedMisses` of the site.'),
  inventory: z
    .strictObject({
      classes: z.record(z.string(), z.unknown()).optional(),
      devices: z.record(z.string(), z.unknown()).optional(),
    })
    .default({})
    .describe('Classes and example devices, as in an inventory file.'),
  youSupply: z
    .array(z.string().regex(/^[^\s/][^:]*: \S/, '`PATH: what it is` is needed'))
    .max(ENTRIES_MAX)
    .default([])
    .describe(
      'Files to bring along: `files/firmware/*.rom: what it is`, the path from the folder of the site; a star stands for anything but a slash.',
    ),
  walks: z.array(walkSchema).min(1).max(ENTRIES_MAX).describe('What such a device asks.'),
  notVerified: texts.default([]).describe('Sentences; the page of the kit has each of them.'),
})

/** A kit as it is written, defaults filled in. */
export type KitFile = z.output<typeof kitSchema>
/** One walk: a device that starts. */
export type Walk = KitFile['walks'][number]
/** One request of a walk. */
export type WalkStep = Walk['steps'][number]
