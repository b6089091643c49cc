import type { Evidence } from '../inventory/identify.ts'
import { normaliseMac } from '../inventory/identifiers.ts'
import { agentForms } from './agent-forms.ts'
import type { Asked, Finding } from './finding.ts'

/** No device says more; a form is tried on no more than this, in characters. */
const AGENT_LENGTH_MAX = 256

/** What phones say of themselves in the HTTP User-Agent: model and firmware, often their MAC. */
export function findInAgent({ headers }: Asked): readonly Finding[] {
  const agent = headers.get('user-agent')
  if (agent === null || agent.length > AGENT_LENGTH_MAX) return []
  for (const { vendor, form } of agentForms) {
    const groups = form.exec(agent)?.groups
    if (groups === undefined) continue
    const { model, firmware, serial } = groups
    const mac = groups['mac'] === undefined ? undefined : normaliseMac(groups['mac'])
    const evidence: Evidence = {
      ...(mac === undefined ? {} : { mac }),
      ...(serial === undefined ? {} : { serial }),
    }
    const hardware = {
      vendor,
      ...(model === undefined ? {} : { model }),
      ...(firmware === undefined ? {} : { firmware }),
    }
    return [{ evidence, finder: 'agent', where: 'the User-Agent', hardware }]
  }
  return []
}
