import type { ClientRule } from '../config/site.ts'
import { addressList } from './address-list.ts'

/** Finds the client profile that the operator gave an address; undefined: none. */
export function profileFinder(
  rules: readonly ClientRule[],
): (address: string) => string | undefined {
  const lists = rules.map(({ addresses, profile }) => ({ has: addressList(addresses), profile }))
  return (address) => lists.find(({ has }) => has(address))?.profile
}
