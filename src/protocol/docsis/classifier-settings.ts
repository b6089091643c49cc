import { type Row, settingsOf, type Setting } from './setting.ts'
import { flag, hex, ipv4, ipv6, mac, macAndMask, number, numbers } from './value-codec.ts'
import { vendorSpecific } from './vendor-settings.ts'

// What tells packets apart. Masks and bit fields are in hex, as the specification draws them.
// Of the protocols 256 stands for TCP and UDP, 257 for all (C.2.1.6.2).

const ipv4Classifier = settingsOf([
  [1, 'TypeOfService', 'C.2.1.6.1', hex({ min: 3, max: 3 })],
  [2, 'Protocol', 'C.2.1.6.2', number(2, { max: 257 })],
  [3, 'SourceAddress', 'C.2.1.6.3', ipv4()],
  [4, 'SourceMask', 'C.2.1.6.4', ipv4()],
  [5, 'DestinationAddress', 'C.2.1.6.5', ipv4()],
  [6, 'DestinationMask', 'C.2.1.6.6', ipv4()],
  [7, 'SourcePortStart', 'C.2.1.7.1', number(2)],
  [8, 'SourcePortEnd', 'C.2.1.7.2', number(2)],
  [9, 'DestinationPortStart', 'C.2.1.7.3', number(2)],
  [10, 'DestinationPortEnd', 'C.2.1.7.4', number(2)],
])

const ethernetClassifier = settingsOf([
  [1, 'DestinationMac', 'C.2.1.8.1', macAndMask()],
  [2, 'SourceMac', 'C.2.1.8.2', mac()],
  [3, 'EtherType', 'C.2.1.8.3', hex({ min: 3, max: 3 })],
])

const vlanClassifier = settingsOf([
  [1, 'UserPriority', 'C.2.1.9.1', numbers(1, { min: 2, max: 2 })],
  [2, 'VlanId', 'C.2.1.9.2', hex({ min: 2, max: 2 })],
])

const ipv6Classifier = settingsOf([
  [1, 'TrafficClass', 'C.2.1.10.1', hex({ min: 3, max: 3 })],
  [2, 'FlowLabel', 'C.2.1.10.2', hex({ min: 4, max: 4 })],
  [3, 'NextHeader', 'C.2.1.10.3', number(2, { max: 257 })],
  [4, 'SourceAddress', 'C.2.1.10.4', ipv6()],
  [5, 'SourcePrefixLength', 'C.2.1.10.5', number(1, { max: 128 })],
  [6, 'DestinationAddress', 'C.2.1.10.6', ipv6()],
  [7, 'DestinationPrefixLength', 'C.2.1.10.7', number(1, { max: 128 })],
])

const icmpClassifier = settingsOf([
  [1, 'TypeStart', 'C.2.1.12.1', number(1)],
  [2, 'TypeEnd', 'C.2.1.12.2', number(1)],
])

const matching: readonly Row[] = [
  [9, 'Ipv4', 'C.2.1.6', ipv4Classifier],
  [10, 'Ethernet', 'C.2.1.8', ethernetClassifier],
  [11, 'Vlan', 'C.2.1.9', vlanClassifier],
  [12, 'Ipv6', 'C.2.1.10', ipv6Classifier],
  [13, 'CmInterfaceMask', 'C.2.1.4.8', hex({ min: 1, max: 255 })],
  [16, 'Icmp', 'C.2.1.12', icmpClassifier],
]

const vendorParameters: Row = [43, 'VendorSpecific', 'C.2.1.11', vendorSpecific]

/** Packet classification, upstream (22) and downstream (23). */
export const classifierSettings: readonly Setting[] = settingsOf([
  [1, 'ClassifierRef', 'C.2.1.4.1', number(1, { min: 1 })],
  [2, 'ClassifierId', 'C.2.1.4.2', number(2, { min: 1 })],
  [3, 'ServiceFlowRef', 'C.2.1.4.3', number(2, { min: 1 })],
  [4, 'ServiceFlowId', 'C.2.1.4.4', number(4, { min: 1 })],
  [5, 'RulePriority', 'C.2.1.4.5', number(1)],
  [6, 'ActivationState', 'C.2.1.4.6', flag()],
  [7, 'DynamicServiceChangeAction', 'C.2.1.4.7', number(1, { max: 2 })],
  ...matching,
  vendorParameters,
])

/** Upstream drop packet classification (60): what the modem throws away. */
export const dropClassifierSettings: readonly Setting[] = settingsOf([
  [1, 'ClassifierRef', 'C.2.1.4.1', number(1, { min: 1 })],
  [2, 'ClassifierId', 'C.2.1.4.2', number(2, { min: 1 })],
  [5, 'RulePriority', 'C.2.1.4.5', number(1)],
  [7, 'DynamicServiceChangeAction', 'C.2.1.4.7', number(1, { max: 2 })],
  ...matching,
  vendorParameters,
])

/** Payload header suppression (26), for service flows of DOCSIS 1.1 and 2.0. */
export const headerSuppressionSettings: readonly Setting[] = settingsOf([
  [1, 'ClassifierRef', 'C.2.3.1.1', number(1, { min: 1 })],
  [2, 'ClassifierId', 'C.2.3.1.2', number(2, { min: 1 })],
  [3, 'ServiceFlowRef', 'C.2.3.1.3', number(2, { min: 1 })],
  [4, 'ServiceFlowId', 'C.2.3.1.4', number(4, { min: 1 })],
  [5, 'DynamicServiceChangeAction', 'C.2.3.1.5', number(1, { max: 3 })],
  [7, 'Field', 'C.2.4.2.1', hex({ min: 1, max: 255 })],
  [8, 'Index', 'C.2.4.2.2', number(1, { min: 1 })],
  [9, 'Mask', 'C.2.4.2.3', hex({ min: 1, max: 255 })],
  [10, 'Size', 'C.2.4.2.4', number(1, { min: 1 })],
  [11, 'Verify', 'C.2.4.2.5', number(1, { max: 1 })],
  vendorParameters,
])
