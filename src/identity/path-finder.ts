import type { Evidence } from '../inventory/identify.ts'
import type { Asked, Finding } from './finding.ts'

/** What the route found in the name that was asked. */
export function findInPath({ params }: Asked): readonly Finding[] {
  const { mac, serial, uuid, name, ip, ipHex } = params
  const address = ip ?? ipHex
  const evidence: Evidence = {
    ...(mac === undefined ? {} : { mac }),
    ...(serial === undefined ? {} : { serial }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { ip: address }),
  }
  if (Object.keys(evidence).length === 0) return []
  return [{ evidence, finder: 'path', where: 'the name that was asked' }]
}
