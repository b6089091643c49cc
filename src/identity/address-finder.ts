import type { Asked, Finding } from './finding.ts'

/** The address itself, for devices whose address is in the inventory. */
export function findByAddress({ clientAddress }: Asked): readonly Finding[] {
  const evidence = { ip: clientAddress }
  return [{ evidence, finder: 'address', where: 'the address of the client' }]
}
