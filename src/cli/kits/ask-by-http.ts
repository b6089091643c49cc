import type { WalkStep } from '../../kits/kit-schema.ts'
import type { AskedServer } from './ask-by-tftp.ts'
import { bareAnswer, KeptBytes, type StepAnswer } from './step-answer.ts'

/** Asks by HTTP as a step says: a GET, or a PUT of its body. */
export async function askByHttp(step: WalkStep, server: AskedServer): Promise<StepAnswer> {
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  const name = encodeURI((step.put ?? step.ask ?? '').replace(/^\/*/, '/'))
  const { headers } = step
  const signal = AbortSignal.timeout(server.giveUpMs)
  const upload = step.put === undefined ? {} : { method: 'PUT', body: step.body ?? '' }
  try {
    const asked = { headers, signal, redirect: 'manual' as const, ...upload }
    return await answerOf(await fetch(`http://${host}:${server.port}${name}`, asked))
  } catch (error) {
    return bareAnswer('silent', reasonOf(error))
  }
}

async function answerOf(response: Response): Promise<StepAnswer> {
  const kept = new KeptBytes()
  for await (const chunk of response.body ?? []) kept.take(chunk)
  if (!response.ok) {
    const kind = response.status === 404 ? 'missing' : 'refused'
    return bareAnswer(kind, `status ${response.status}`)
  }
  const { bytes, sizeBytes } = kept
  return { kind: 'file', bytes, sizeBytes, options: new Map() }
}

/** What `fetch` says is "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
