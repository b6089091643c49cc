import { settingsOf, type Setting } from './setting.ts'
import { hex, ipv4, ipv6, number, oid, text, transportAddress } from './value-codec.ts'

const name = text({ min: 1, max: 32 })

/** SNMPv3 kickstart (34). */
export const kickstartSettings: readonly Setting[] = settingsOf([
  [1, 'SecurityName', 'C.1.2.9.1', text({ min: 1, max: 16 })],
  [2, 'ManagerPublicNumber', 'C.1.2.9.2', hex({ min: 1, max: 255 })],
])

/** SNMPv3 notification receiver (38). The timeout is in milliseconds. */
export const notificationSettings: readonly Setting[] = settingsOf([
  [1, 'Ipv4', 'C.1.2.12.1', ipv4()],
  [2, 'Port', 'C.1.2.12.2', number(2)],
  [3, 'Type', 'C.1.2.12.3', number(2, { min: 1, max: 5 })],
  [4, 'TimeoutMs', 'C.1.2.12.4', number(2)],
  [5, 'Retries', 'C.1.2.12.5', number(2)],
  [6, 'FilterOid', 'C.1.2.12.6', oid()],
  [7, 'SecurityName', 'C.1.2.12.7', text({ min: 1, max: 26 })],
  [8, 'Ipv6', 'C.1.2.12.8', ipv6()],
])

/** SNMPv1v2c coexistence (53). */
export const communitySettings: readonly Setting[] = settingsOf([
  [1, 'CommunityName', 'C.1.2.13.1', name],
  [
    2,
    'TransportAddressAccess',
    'C.1.2.13.2',
    settingsOf([
      [1, 'Address', 'C.1.2.13.2.1', transportAddress()],
      [2, 'Mask', 'C.1.2.13.2.2', transportAddress()],
    ]),
  ],
  [3, 'AccessViewType', 'C.1.2.13.3', number(1, { min: 1, max: 2 })],
  [4, 'AccessViewName', 'C.1.2.13.4', name],
])

/** SNMPv3 access view (54). */
export const accessViewSettings: readonly Setting[] = settingsOf([
  [1, 'Name', 'C.1.2.14.1', name],
  [2, 'Subtree', 'C.1.2.14.2', oid()],
  [3, 'Mask', 'C.1.2.14.3', hex({ min: 0, max: 16 })],
  [4, 'Type', 'C.1.2.14.4', number(1, { min: 1, max: 2 })],
])
