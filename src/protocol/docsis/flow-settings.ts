import { type Row, settingsOf, type Setting } from './setting.ts'
import { flag, hex, number, text } from './value-codec.ts'
import { vendorSpecific } from './vendor-settings.ts'

const mask = hex({ min: 4, max: 4 })
/** Names of service classes have 1 to 15 characters, and a NUL behind them. */
const className = text({ min: 1, max: 15 }, { isTerminated: true })

const bufferControl = settingsOf([
  [1, 'MinimumBuffer', 'C.2.2.7.11.3', number(4)],
  [2, 'TargetBuffer', 'C.2.2.7.11.4', number(4)],
  [3, 'MaximumBuffer', 'C.2.2.7.11.5', number(4)],
])

const queueManagement = settingsOf([
  [1, 'Disable', 'C.2.2.7.12.3', flag()],
  [2, 'LatencyTargetMs', 'C.2.2.7.12.4', number(1)],
])

/** What both directions have. Rates are in bits per second, sizes in bytes. */
const both: readonly Row[] = [
  [1, 'ServiceFlowRef', 'C.2.2.5.1', number(2, { min: 1 })],
  [2, 'ServiceFlowId', 'C.2.2.5.2', number(4, { min: 1 })],
  [4, 'ServiceClassName', 'C.2.2.5.4', className],
  [6, 'QosParameterSetType', 'C.2.2.5.5', number(1)],
  [7, 'TrafficPriority', 'C.2.2.7.1', number(1, { max: 7 })],
  [8, 'MaxSustainedRate', 'C.2.2.7.2', number(4)],
  [9, 'MaxTrafficBurst', 'C.2.2.7.3', number(4)],
  [10, 'MinReservedRate', 'C.2.2.7.4', number(4)],
  [11, 'MinReservedPacketSize', 'C.2.2.7.5', number(2)],
  [12, 'ActiveTimeout', 'C.2.2.7.6', number(2)],
  [13, 'AdmittedTimeout', 'C.2.2.7.7', number(2)],
  [23, 'TypeOfServiceOverwrite', 'C.2.2.7.9', hex({ min: 2, max: 2 })],
  [27, 'PeakRate', 'C.2.2.7.10', number(4)],
  [31, 'RequiredAttributes', 'C.2.2.5.6', mask],
  [32, 'ForbiddenAttributes', 'C.2.2.5.7', mask],
  [33, 'AttributeAggregationRules', 'C.2.2.5.8', mask],
  [34, 'ApplicationId', 'C.2.2.5.9', number(4)],
  [35, 'BufferControl', 'C.2.2.7.11', bufferControl],
  [36, 'AggregateServiceFlowRef', 'C.2.2.5.10', number(2, { min: 1 })],
  [40, 'ActiveQueueManagement', 'C.2.2.7.12', queueManagement],
  [41, 'DataRateUnit', 'C.2.2.7.13', number(1, { max: 3 })],
  [43, 'VendorSpecific', 'C.2.1.11', vendorSpecific],
]

/** Upstream service flow (24). Intervals and jitters are in microseconds. */
export const upstreamFlowSettings: readonly Setting[] = settingsOf([
  ...both,
  [14, 'MaxConcatenatedBurst', 'C.2.2.8.1', number(2)],
  [15, 'SchedulingType', 'C.2.2.8.2', number(1, { min: 1, max: 7 })],
  [16, 'RequestTransmissionPolicy', 'C.2.2.8.3', mask],
  [17, 'NominalPollingInterval', 'C.2.2.8.4', number(4)],
  [18, 'ToleratedPollJitter', 'C.2.2.8.5', number(4)],
  [19, 'UnsolicitedGrantSize', 'C.2.2.8.6', number(2)],
  [20, 'NominalGrantInterval', 'C.2.2.8.7', number(4)],
  [21, 'ToleratedGrantJitter', 'C.2.2.8.8', number(4)],
  [22, 'GrantsPerInterval', 'C.2.2.8.9', number(1, { max: 127 })],
  [26, 'RequestMultiplier', 'C.2.2.8.12', number(1, { min: 1, max: 16 })],
])

/** Downstream service flow (25). */
export const downstreamFlowSettings: readonly Setting[] = settingsOf([
  ...both,
  [14, 'MaxDownstreamLatency', 'C.2.2.9.1', number(4)],
  [17, 'Resequencing', 'C.2.2.9.2', number(1, { max: 1 })],
])

/** DOCSIS 1.0 class of service (4). */
export const classOfServiceSettings: readonly Setting[] = settingsOf([
  [1, 'ClassId', 'C.1.1.4.1', number(1, { min: 1, max: 16 })],
  [2, 'MaxDownstreamRate', 'C.1.1.4.2', number(4)],
  [3, 'MaxUpstreamRate', 'C.1.1.4.3', number(4)],
  [4, 'UpstreamPriority', 'C.1.1.4.4', number(1, { max: 7 })],
  [5, 'MinUpstreamRate', 'C.1.1.4.5', number(4)],
  [6, 'MaxUpstreamBurst', 'C.1.1.4.6', number(2)],
  [7, 'PrivacyEnable', 'C.1.1.4.7', flag()],
])
