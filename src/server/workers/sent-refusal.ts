import { Refusal } from '../../base/refusal.ts'
import type { SentRefusal } from './messages.ts'

export function sentRefusal({ code, message, wireMessage }: Refusal): SentRefusal {
  return { code, message, wireMessage }
}

export function receivedRefusal({ code, message, wireMessage }: SentRefusal): Refusal {
  return new Refusal(code, message, { wireMessage })
}

/** What was thrown while a body was read, as a refusal. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const reason = error instanceof Error ? error.message : String(error)
  const wireMessage = 'The file could not be made'
  return new Refusal('GENERATOR_FAILED', `The source failed: ${reason}`, { wireMessage })
}
