import { BlockList, isIPv6 } from 'node:net'
import type { ClientRule } from '../config/site.ts'

/** Finds the client profile that the operator gave an address; undefined: none. */
export function profileFinder(
  rules: readonly ClientRule[],
): (address: string) => string | undefined {
  const lists = rules.map(({ addresses, profile }) => {
    const list = new BlockList()
    for (const address of addresses) addTo(list, address)
    return { list, profile }
  })
  return (address) => {
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    return lists.find(({ list }) => list.check(address, family))?.profile
  }
}

function addTo(list: BlockList, written: string): void {
  const [address = '', prefixBits] = written.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (prefixBits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(prefixBits), family)
}
