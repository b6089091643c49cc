import type { Values } from './value.ts'

/** Whether a device is served; what becomes of a disabled one's requests, the server decides. */
export type DeviceState = 'active' | 'disabled'

/** A thing that fetches. All lists are ordered; none is undefined. */
export interface Device {
  /** Never changes: 1–64 letters, digits, `.`, `_` and `-`; the first a letter or digit. */
  readonly id: string
  /** What people call it, perhaps its DNS name: as an id, but up to 253 characters. */
  readonly name?: string
  /** In the form `00:11:22:aa:bb:cc`, at most 64. */
  readonly macs: readonly string[]
  /** 1–64 printable ASCII characters without space; found whatever the case. */
  readonly serial?: string
  /** Lower case with dashes. */
  readonly uuid?: string
  /** IPv4, or IPv6 as RFC 5952 writes it; at most 64. */
  readonly addresses: readonly string[]
  /** Names of classes, later wins; at most 32. */
  readonly classes: readonly string[]
  /** Its own values, which beat those of all classes. May hold directives. */
  readonly values: Values
  readonly state: DeviceState
}

/** A named set of values that devices and other classes inherit. */
export interface DeviceClass {
  /** As a device's id; `own` is taken. */
  readonly name: string
  /** Names of classes, later wins; at most 32. */
  readonly parents: readonly string[]
  /** Beat those of the parents. May hold directives. */
  readonly values: Values
}

/**
 * The last layer of every device: its own values. No class may have this name.
 */
export const OWN_LAYER = 'own'

export const deviceStates: readonly DeviceState[] = ['active', 'disabled']
