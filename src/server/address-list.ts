import { BlockList, isIPv6 } from 'node:net'

/** True for the addresses that are listed: addresses and networks as the configuration has them. */
export function addressList(written: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const one of written) addTo(list, one)
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function addTo(list: BlockList, written: string): void {
  const [address = '', prefixBits] = written.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (prefixBits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(prefixBits), family)
}
