import type { Walk, WalkStep } from '../../kits/kit-schema.ts'
import type { Kit } from '../../kits/read-kit.ts'
import { supplyPath } from '../../kits/supply.ts'
import { askByHttp } from './ask-by-http.ts'
import { askByTftp, type AskedServer } from './ask-by-tftp.ts'
import type { StepAnswer } from './step-answer.ts'

/** Where each front of the server is. */
export interface WalkServers {
  readonly tftp: AskedServer
  readonly http: AskedServer
}

/** One request of a walk, and what came of it. */
export interface ReplayedStep {
  readonly step: WalkStep
  readonly answer: StepAnswer
  readonly durationMs: number
  /** What is not as the kit says; undefined when all is. */
  readonly fault: string | undefined
}

/**
 * Asks what a device asks, one after another, with its options in its order.
 *
 * A device that the inventory has at a loopback address is played from there.
 *
 * @param kit - The one that the walk is of.
 */
export async function replayWalk(
  walk: Walk,
  kit: Pick<Kit, 'content' | 'inventory'>,
  { tftp, http }: WalkServers,
): Promise<ReplayedStep[]> {
  const device = kit.inventory.devices.find(({ id }) => id === walk.device)
  const from = device?.addresses.find((address) => address.startsWith('127.'))
  const replayed: ReplayedStep[] = []
  for (const step of walk.steps) {
    for (let number = 1; number <= step.times; number += 1) {
      const startedAt = performance.now()
      const answer =
        step.by === 'http' ? await askByHttp(step, http) : await askByTftp(step, { ...tftp, from })
      const durationMs = Math.round(performance.now() - startedAt)
      const fault = faultOf(step, answer)
      const told = fault === undefined ? undefined : `${fault}${supplyHint(step, answer, kit)}`
      replayed.push({ step, answer, durationMs, fault: told })
    }
  }
  return replayed
}

/** Of a file that no site makes: where it belongs. */
function supplyHint(step: WalkStep, answer: StepAnswer, kit: Pick<Kit, 'content'>): string {
  const place = answer.kind === 'missing' ? supplyPath(kit, step.ask ?? '') : undefined
  return place === undefined ? '' : `: bring it along as ${place}`
}

/** What a device of this kind would stumble over. */
function faultOf(step: WalkStep, answer: StepAnswer): string | undefined {
  if (answer.kind !== step.answer) {
    const detail = answer.detail === undefined ? '' : ` (${answer.detail})`
    return `found ${answer.kind}${detail}, expected ${step.answer}`
  }
  return optionFault(step, answer) ?? textFault(step, answer)
}

/** A size that is not true is worse than none: GRUB cuts the file, iPXE waits for the rest. */
function optionFault(step: WalkStep, answer: StepAnswer): string | undefined {
  const size = answer.options.get('tsize')
  if (answer.kind === 'stopped' && size === undefined) return 'found no tsize in the OACK'
  if (answer.kind !== 'file' || step.put !== undefined || size === undefined) return undefined
  if (Number(size) === answer.sizeBytes) return undefined
  return `found tsize ${size}, but the file has ${answer.sizeBytes} bytes`
}

function textFault(step: WalkStep, answer: StepAnswer): string | undefined {
  if (step.put !== undefined) return undefined
  const text = new TextDecoder().decode(answer.bytes)
  const missing = step.contains.find((part) => !text.includes(part))
  if (missing !== undefined) return `the file does not hold "${missing}"`
  const surplus = step.lacks.find((part) => text.includes(part))
  return surplus === undefined ? undefined : `the file holds "${surplus}"`
}
