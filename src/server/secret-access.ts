import type { Device } from '../inventory/model.ts'
import type { Values } from '../inventory/value.ts'
import { secretNames, substituteSecrets } from './secret-values.ts'

/** A request for the values of a device. */
export interface SecretAsk {
  readonly device: Device
  readonly values: Values
  readonly clientAddress: string
  /** Whether the route gives secrets to this address. */
  readonly isAddressAllowed: boolean
  /** Whether a certificate that was verified says that it is this device. */
  readonly isCertified: boolean
}

/** The values that a source gets to see. */
export interface SecretAnswer {
  readonly values: Values
  /** Why secrets are not in them; undefined: all are. */
  readonly withheld?: string
}

/** Who gets which secrets. */
export interface SecretAccess {
  /** Another number whenever what is given may be another. */
  readonly turn: number
  /** True when the secrets of this device's values are given in the clear. */
  isOpenFor(ask: SecretAsk): boolean
  answer(ask: SecretAsk): SecretAnswer
}

/** What people see in the place of a secret, wherever values are shown. */
function maskedSecret(name: string): string {
  return `•••• ${name}`
}

/** For previews and explanations: nobody gets any. */
export const maskedSecrets: SecretAccess = {
  turn: 0,
  isOpenFor: () => false,
  answer: ({ values }) => {
    if (secretNames(values).length === 0) return { values }
    return { values: substituteSecrets(values, maskedSecret) }
  },
}
