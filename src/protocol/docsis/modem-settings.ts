import { type InnerSettings, settingsOf, type Setting } from './setting.ts'
import { flag, hex, number } from './value-codec.ts'

/** Baseline privacy (17). Times are in seconds. */
export const baselinePrivacySettings: readonly Setting[] = settingsOf([
  [1, 'AuthorizeWaitTimeout', 'SEC A.1.1.1.1', number(4, { min: 1, max: 30 })],
  [2, 'ReauthorizeWaitTimeout', 'SEC A.1.1.1.2', number(4, { min: 1, max: 30 })],
  [3, 'AuthorizationGraceTime', 'SEC A.1.1.1.3', number(4, { min: 1, max: 6_047_999 })],
  [4, 'OperationalWaitTimeout', 'SEC A.1.1.1.4', number(4, { min: 1, max: 10 })],
  [5, 'RekeyWaitTimeout', 'SEC A.1.1.1.5', number(4, { min: 1, max: 10 })],
  [6, 'TekGraceTime', 'SEC A.1.1.1.6', number(4, { min: 1, max: 302_399 })],
  [7, 'AuthorizeRejectWaitTimeout', 'SEC A.1.1.1.7', number(4, { min: 1, max: 600 })],
  [8, 'SaMapWaitTimeout', 'SEC A.1.1.1.8', number(4, { min: 1, max: 10 })],
  [9, 'SaMapMaxRetries', 'SEC A.1.1.1.9', number(4, { max: 10 })],
])

/** Modem capabilities (5), where a file takes one away. What is newer goes under `Generic`. */
export const capabilitySettings: readonly Setting[] = settingsOf([
  [1, 'Concatenation', 'C.1.3.1.1', flag()],
  [2, 'DocsisVersion', 'C.1.3.1.2', number(1)],
  [3, 'Fragmentation', 'C.1.3.1.3', flag()],
  [4, 'PayloadHeaderSuppression', 'C.1.3.1.4', flag()],
  [5, 'Igmp', 'C.1.3.1.5', flag()],
  [6, 'Privacy', 'C.1.3.1.6', number(1, { max: 1 })],
  [7, 'DownstreamSaids', 'C.1.3.1.7', number(1)],
  [8, 'UpstreamServiceFlows', 'C.1.3.1.8', number(1)],
  [12, 'DynamicChannelChange', 'C.1.3.1.12', flag()],
])

/** Downstream channel list (41): where a modem looks first. Times are in seconds. */
export const channelListSettings: readonly Setting[] = settingsOf([
  [
    1,
    'SingleChannel',
    'C.1.1.22.1',
    settingsOf([
      [1, 'Timeout', 'C.1.1.22.1.1', number(2)],
      [2, 'FrequencyHz', 'C.1.1.22.1.2', number(4)],
    ]),
  ],
  [
    2,
    'FrequencyRange',
    'C.1.1.22.2',
    settingsOf([
      [1, 'Timeout', 'C.1.1.22.2.1', number(2)],
      [2, 'StartHz', 'C.1.1.22.2.2', number(4)],
      [3, 'EndHz', 'C.1.1.22.2.3', number(4)],
      [4, 'StepHz', 'C.1.1.22.2.4', number(4)],
    ]),
  ],
  [3, 'DefaultTimeout', 'C.1.1.22.3', number(2)],
])

/** Downstream unencrypted traffic filtering (45). */
export const unencryptedFilterSettings: readonly Setting[] = settingsOf([
  [1, 'Enable', 'L2VPN B.2.1', flag()],
  [2, 'CmInterfaceMask', 'L2VPN B.2.2', hex({ min: 1, max: 255 })],
])

/** Channel assignment (56). */
export const channelAssignmentSettings: readonly Setting[] = settingsOf([
  [1, 'TransmitChannel', 'C.1.1.25.1', number(1)],
  [2, 'ReceiveFrequencyHz', 'C.1.1.25.2', number(4)],
])

const attributeMask = hex({ min: 4, max: 4 })

/** Bytes of the number that stands for the DOCSIS extension field, with type and length. */
const extensionPrefix = Uint8Array.of(8, 3, 0xff, 0xff, 0xff)

/**
 * The DOCSIS extension field: what stands in 43 behind the number ffffff. The extended CMTS MIC
 * (43.6) has no name here: it would have to be computed.
 */
export const extension: InnerSettings = {
  form: 'settings',
  prefix: extensionPrefix,
  settings: settingsOf([
    [1, 'LoadBalancingPolicyId', 'C.1.1.18.1.1', number(4)],
    [2, 'LoadBalancingPriority', 'C.1.1.18.1.2', number(4)],
    [3, 'LoadBalancingGroupId', 'C.1.1.18.1.3', number(4)],
    [4, 'RangingClassIdExtension', 'C.1.1.18.1.4', hex({ min: 2, max: 2 })],
    [
      9,
      'AttributeMasks',
      'C.1.1.18.1.8',
      settingsOf([
        [1, 'DownstreamRequired', 'C.1.1.18.1.8.1', attributeMask],
        [2, 'DownstreamForbidden', 'C.1.1.18.1.8.2', attributeMask],
        [3, 'UpstreamRequired', 'C.1.1.18.1.8.3', attributeMask],
        [4, 'UpstreamForbidden', 'C.1.1.18.1.8.4', attributeMask],
      ]),
    ],
  ]),
}
