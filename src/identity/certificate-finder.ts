import type { Evidence } from '../inventory/identify.ts'
import { normaliseMac } from '../inventory/identifiers.ts'
import type { Asked, Finding, Subject } from './finding.ts'

/** Cisco's manufacturing certificates: `CP-8851-SEP001122334455`. */
const CISCO_NAME = /(?:^|-)SEP([0-9a-f]{12})$/i
/** Cisco's switches and routers: `PID:WS-C3850-24T SN:FOC1234X0AB`. */
const CISCO_SERIAL = /\bSN:(\S+)/

/**
 * The subject of a client certificate: phones have their MAC as its common name (Cisco, Poly,
 * Yealink, Grandstream, Snom), others their host name, switches their serial number beside it. The
 * certificates that servers get have host names only beside the subject.
 */
export function findInCertificate({ subject }: Asked): readonly Finding[] {
  if (subject === undefined) return []
  const names = (subject.alternativeNames ?? []).filter((name) => name !== subject.CN)
  const found = [evidenceOfSubject(subject), ...names.map((CN) => evidenceOfSubject({ CN }))]
  return found
    .filter((evidence) => Object.keys(evidence).length > 0)
    .map((evidence) => ({ evidence, finder: 'certificate', where: 'the client certificate' }))
}

function evidenceOfSubject({ CN, serialNumber }: Subject): Evidence {
  const mac = CN && normaliseMac(CISCO_NAME.exec(CN)?.[1] ?? CN)
  const serial = serialNumber && (CISCO_SERIAL.exec(serialNumber)?.[1] ?? serialNumber)
  return {
    ...(mac ? { mac } : {}),
    ...(serial ? { serial } : {}),
    ...(CN && !mac ? { name: CN } : {}),
  }
}
