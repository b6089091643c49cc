import { z } from '@hono/zod-openapi'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Edit } from '../store/store.ts'
import { ApiProblem, missing, type ProblemDetail, refused } from './api-problem.ts'
import { kindNamed } from './record-kind.ts'

/** Edits of one request; larger changes are sent as text. */
const EDITS_MAX = 100_000

/** Edits as they are sent: what each record shall be. */
export const editList = z
  .array(
    z.strictObject({
      kind: z.enum(['device', 'class']),
      key: z.string().max(64),
      after: z.unknown().openapi({
        type: ['object', 'null'],
        additionalProperties: true,
        description: 'The record as it shall be, without its key; null: it is removed',
      }),
    }),
  )
  .min(1)
  .max(EDITS_MAX)
  .openapi('Edits', {
    example: [{ kind: 'class', key: 'base', after: { values: { ntp: '10.0.0.9' } } }],
  })

/** Checks all edits that were sent. @throws {ApiProblem} With everything that is wrong. */
export function editsOf(sent: z.output<typeof editList>, live: LiveInventory): readonly Edit[] {
  const problems: ProblemDetail[] = []
  const edits = sent.flatMap((one, index) => {
    const kind = kindNamed(one.kind)
    const before = kind.find(live, one.key)?.record
    if (one.after === null && before === undefined) throw missing(one.kind, one.key)
    try {
      const input = one.after === null ? undefined : withKey(one.after, kind.keyField, one.key)
      return [kind.edit({ key: one.key, before, input })]
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      const inEdit = (problem: ProblemDetail): ProblemDetail => ({
        ...problem,
        path: `/edits/${index}/after${problem.path ?? ''}`,
      })
      problems.push(...error.problems.map(inEdit))
      return []
    }
  })
  if (problems.length > 0) throw refused(problems)
  return edits
}

function withKey(after: unknown, keyField: string, key: string): unknown {
  return typeof after === 'object' && after !== null ? { ...after, [keyField]: key } : after
}
