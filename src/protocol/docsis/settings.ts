import {
  classifierSettings,
  dropClassifierSettings,
  headerSuppressionSettings,
} from './classifier-settings.ts'
import {
  baselinePrivacySettings,
  capabilitySettings,
  channelAssignmentSettings,
  channelListSettings,
  extension,
  unencryptedFilterSettings,
} from './modem-settings.ts'
import {
  classOfServiceSettings,
  downstreamFlowSettings,
  upstreamFlowSettings,
} from './flow-settings.ts'
import { settingsOf, type Setting } from './setting.ts'
import { variable, writeAccess } from './snmp-codec.ts'
import {
  accessViewSettings,
  communitySettings,
  kickstartSettings,
  notificationSettings,
} from './snmp-settings.ts'
import { addresses, flag, hex, ipv4, ipv6, mac, number, numbers, text } from './value-codec.ts'
import { vendorSpecific } from './vendor-settings.ts'

/**
 * The settings of a file, by their numbers. What is not here is written under `Generic`.
 *
 * Two rows may have one number: the first that fits is the one that a file is read as.
 */
export const fileSettings: readonly Setting[] = settingsOf([
  [1, 'DownstreamFrequency', 'C.1.1.1', number(4)],
  [2, 'UpstreamChannelId', 'C.1.1.2', number(1)],
  [3, 'NetworkAccess', 'C.1.1.3', flag()],
  [4, 'ClassOfService', 'C.1.1.4', classOfServiceSettings],
  [5, 'ModemCapabilities', 'C.1.3.1', capabilitySettings],
  [9, 'SoftwareUpgradeFilename', 'C.1.2.3', text({ min: 1, max: 64 })],
  [10, 'SnmpWriteAccess', 'C.1.2.4', writeAccess()],
  [11, 'SnmpMib', 'C.1.2.5', variable()],
  [14, 'CpeMacAddress', 'C.1.2.6', mac()],
  [17, 'BaselinePrivacy', 'SEC A.1.1.1', baselinePrivacySettings],
  [18, 'MaxCPE', 'C.1.1.7', number(1, { min: 1, max: 254 })],
  [19, 'TftpTimestamp', 'C.1.1.8', number(4)],
  [20, 'ProvisionedAddress', 'C.1.1.9', ipv4()],
  [21, 'SoftwareUpgradeServer', 'C.1.2.7', ipv4()],
  [22, 'UsClassifier', 'C.2.1.1', classifierSettings],
  [23, 'DsClassifier', 'C.2.1.3', classifierSettings],
  [24, 'UsServiceFlow', 'C.2.2.1', upstreamFlowSettings],
  [25, 'DsServiceFlow', 'C.2.2.2', downstreamFlowSettings],
  [26, 'PayloadHeaderSuppression', 'C.2.3', headerSuppressionSettings],
  [28, 'MaxClassifiers', 'C.1.1.16', number(2)],
  [29, 'PrivacyEnable', 'C.1.1.17', flag()],
  [32, 'ManufacturerCvc', 'C.1.2.10', 'pieces'],
  [33, 'CoSignerCvc', 'C.1.2.11', 'pieces'],
  [34, 'SnmpV3Kickstart', 'C.1.2.9', kickstartSettings],
  [35, 'SubscriberManagementControl', 'C.1.1.19.1', hex({ min: 3, max: 3 })],
  [36, 'SubscriberManagementCpeIpv4', 'C.1.1.19.2', addresses(ipv4(), 4)],
  [37, 'SubscriberManagementFilters', 'C.1.1.19.4', numbers(2, { min: 4, max: 10 })],
  [38, 'SnmpV3NotificationReceiver', 'C.1.2.12', notificationSettings],
  [39, 'Docsis2Mode', 'C.1.1.20', flag()],
  [40, 'TestModes', 'C.1.1.21', flag()],
  [41, 'DownstreamChannelList', 'C.1.1.22', channelListSettings],
  [42, 'StaticMulticastMac', 'C.1.1.23', mac()],
  [43, 'DocsisExtension', 'C.1.1.18.1', extension],
  [43, 'VendorSpecific', 'C.1.1.18.2', vendorSpecific],
  [45, 'UnencryptedTrafficFilter', 'C.1.1.24', unencryptedFilterSettings],
  [53, 'SnmpCommunity', 'C.1.2.13', communitySettings],
  [54, 'SnmpV3', 'C.1.2.14', accessViewSettings],
  [55, 'SnmpCpeAccess', 'C.1.2.15', flag()],
  [56, 'ChannelAssignment', 'C.1.1.25', channelAssignmentSettings],
  [58, 'SoftwareUpgradeServer6', 'C.1.2.8', ipv6()],
  [59, 'ProvisionedAddress6', 'C.1.1.10', ipv6()],
  [60, 'UpstreamDropClassifier', 'C.2.1.2', dropClassifierSettings],
  [62, 'UpstreamDropClassifierGroups', 'C.1.1.26', numbers(1, { min: 1, max: 255 })],
  [63, 'SubscriberManagementControl6', 'C.1.1.19.5', number(2)],
  [66, 'ManagementEventControl', 'C.1.2.16', number(4)],
  [67, 'SubscriberManagementCpeIpv6', 'C.1.1.19.6', addresses(ipv6(), 16)],
  [68, 'DefaultUpstreamTargetBuffer', 'C.1.2.17', number(2)],
  [76, 'UpstreamAqmDisable', 'C.1.2.20', flag()],
  [81, 'ManufacturerCvcChain', 'C.1.2.21', 'pieces'],
  [82, 'CoSignerCvcChain', 'C.1.2.22', 'pieces'],
])
