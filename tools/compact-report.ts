import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/**
 * A report for logs and pipes: what failed and what was left out, then the counts, as Node prints
 * them.
 */
export async function* compactReport(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  /** The names above the test at hand, then its own. */
  const path: string[] = []
  for await (const event of events) {
    const { type, data } = event
    const isOrdered = type === 'test:start' || type === 'test:pass' || type === 'test:fail'
    if (isOrdered) path.splice(data.nesting, path.length, data.name)
    yield textFor(event, path.join(' › '))
  }
}

function textFor({ type, data }: TestEvent, name: string): string {
  if (type === 'test:pass' && data.skip !== undefined) return `﹣ ${name} (${data.skip})\n`
  if (type === 'test:fail') return isConsequence(data) ? '' : failureText(name, data)
  if (type === 'test:stdout' || type === 'test:stderr') return data.message
  return type === 'test:diagnostic' && data.nesting === 0 ? `ℹ ${data.message}\n` : ''
}

type Failed = Extract<TestEvent, { type: 'test:fail' }>['data']

/** A suite fails when one of its tests does, and tests are cancelled when their suite fails. */
function isConsequence({ todo, details }: Failed): boolean {
  const { failureType } = details.error as { failureType?: string }
  const consequences = ['subtestsFailed', 'cancelledByParent']
  return todo !== undefined || consequences.includes(failureType ?? '')
}

function failureText(name: string, { file = '', line, details }: Failed): string {
  const lines = causeText(details.error.cause ?? details.error).split('\n')
  const own = lines.filter((text) => !/^\s+at .*\(?node:/.test(text))
  const where = `${relative(process.cwd(), file)}:${line}`
  return [`✖ ${name} (${where})`, ...own.map((text) => `  ${text}`), ''].join('\n')
}

/** An assertion's message holds what was found and expected; its properties would say it again. */
function causeText(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_ASSERTION') {
    return cause.stack ?? cause.message
  }
  return typeof cause === 'string' ? cause : inspect(cause)
}
