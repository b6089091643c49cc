import { z } from 'zod'
import { replacementProblem } from './replacement.ts'

/** What `rewrite:` takes in a route. */
export const rewriteOptions = z
  .strictObject({
    rules: z
      .array(
        z
          .strictObject({
            find: z
              .string()
              .describe(
                'A JavaScript regular expression, matched against the name as the device sent it.',
              ),
            unless: z
              .boolean()
              .default(false)
              .describe('The rule counts where nothing is found. Default false.'),
            ignoreCase: z.boolean().default(false).describe('Case does not count. Default false.'),
            longest: z
              .boolean()
              .default(false)
              .describe(
                'Of all that could be found at the first place, the longest, as in POSIX. Default false.',
              ),
            replace: z.string().optional().describe('What is found becomes this.'),
            become: z.string().optional().describe('The whole name becomes this.'),
            repeat: z
              .enum(['each', 'until-gone'])
              .optional()
              .describe(
                '`each`: replace at every place; `until-gone`: again and again until nothing is found. Default: the first place, once.',
              ),
            method: z
              .enum(['GET', 'PUT'])
              .optional()
              .describe('Only for reads or only for uploads. Default both.'),
            family: z
              .enum(['ipv4', 'ipv6'])
              .optional()
              .describe('Only for clients with such an address. Default both.'),
            label: z.string().min(1).optional().describe('A name for `goto`.'),
            next: z
              .enum(['rule', 'stop', 'restart', 'decline', 'refuse'])
              .optional()
              .describe(
                'What comes after it: `rule`, the next one; `stop`, the name is ready; `restart`, the first rule; `decline`, the next route with the name as it was; `refuse`, ACCESS_DENIED. Default rule.',
              ),
            goto: z
              .string()
              .min(1)
              .optional()
              .describe('In place of `next`: goes on with the rule of this label.'),
            message: z
              .string()
              .optional()
              .describe('With `next: refuse`: what the device is told. Default "Access denied".'),
          })
          .superRefine((rule, context) => {
            for (const { path, message } of ruleProblems(rule)) {
              context.addIssue({ code: 'custom', path, message })
            }
          }),
      )
      .min(1)
      .max(1000)
      .describe('Up to 1000, tried in order, each with what the rules before it made of the name.'),
  })
  .superRefine(({ rules }, context) => {
    const labels = rules.map(({ label }) => label)
    for (const [index, { label, goto }] of rules.entries()) {
      if (label !== undefined && labels.indexOf(label) !== index) {
        const message = `found "${label}", but rules[${labels.indexOf(label)}] has that label`
        context.addIssue({ code: 'custom', path: ['rules', index, 'label'], message })
      }
      if (goto !== undefined && !labels.includes(goto)) {
        const message = `found "${goto}", but no rule has that label`
        context.addIssue({ code: 'custom', path: ['rules', index, 'goto'], message })
      }
    }
  })

export type RewriteOptions = z.output<typeof rewriteOptions>
export type RewriteRule = RewriteOptions['rules'][number]

/** What the checks of a rule look at. */
interface CheckedRule {
  readonly find: string
  readonly unless: boolean
  readonly replace?: string | undefined
  readonly become?: string | undefined
  readonly repeat?: string | undefined
  readonly next?: string | undefined
  readonly goto?: string | undefined
  readonly message?: string | undefined
}

interface RuleProblem {
  readonly path: (keyof CheckedRule)[]
  readonly message: string
}

function ruleProblems(rule: CheckedRule): RuleProblem[] {
  const { find, unless, replace, become, repeat, next, goto, message } = rule
  const problems: RuleProblem[] = []
  const report = (key: keyof CheckedRule, text: string): void => {
    problems.push({ path: [key], message: text })
  }
  const broken = expressionProblem(find)
  if (broken !== undefined) report('find', broken)
  if (replace !== undefined && become !== undefined) report('become', 'give it or `replace`')
  if (unless && replace !== undefined)
    report('replace', 'with `unless` nothing is found to replace')
  if (repeat !== undefined && replace === undefined) report('repeat', 'needs `replace`')
  if (next !== undefined && goto !== undefined) report('goto', 'give it or `next`')
  if (message !== undefined && next !== 'refuse') report('message', 'needs `next: refuse`')
  for (const key of ['replace', 'become', 'message'] as const) {
    const text = rule[key]
    const problem = text === undefined ? undefined : replacementProblem(text)
    if (problem !== undefined) report(key, problem)
  }
  return problems
}

function expressionProblem(find: string): string | undefined {
  try {
    void new RegExp(find, 's')
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `expected a regular expression: ${reason.replace(/^.*\/s: /s, '')}`
  }
}
