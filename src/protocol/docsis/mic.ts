import { encodeTlvs, type Tlv } from './tlv.ts'

/** Message integrity checks: where they stand, and over what they go (MULPI C.1.1.5, C.1.1.6). */
export const CM_MIC = 6
export const CMTS_MIC = 7

/** The two digests; this code has none of its own. */
export interface Digests {
  /** RFC 1321: 16 bytes. */
  readonly md5: (bytes: Uint8Array) => Uint8Array
  /** RFC 2104 with the secret that the operator shares with the CMTS: 16 bytes. */
  readonly hmacMd5: (bytes: Uint8Array) => Uint8Array
}

/**
 * What the CMTS MIC goes over, in this order whatever the order in the file (MULPI annex D).
 * Several of one type come in the order of the file; what is not listed is left out, so that a
 * CMTS that does not know a setting finds the same digest.
 */
const CMTS_MIC_ORDER: readonly number[] = [
  1, 2, 3, 4, 17, 43, 6, 18, 19, 20, 22, 23, 24, 25, 28, 29, 26, 35, 36, 37, 40,
]

/** What the CM MIC goes over: every setting in the order of the file but the two checks. */
export function cmMicInput(tlvs: readonly Tlv[]): Uint8Array {
  return encodeTlvs(tlvs.filter(({ type }) => type !== CM_MIC && type !== CMTS_MIC))
}

/** What the CMTS MIC goes over, the CM MIC among it. */
export function cmtsMicInput(tlvs: readonly Tlv[]): Uint8Array {
  return encodeTlvs(CMTS_MIC_ORDER.flatMap((wanted) => tlvs.filter(({ type }) => type === wanted)))
}

/** Both checks over settings, to be put behind them. */
export function micsOf(tlvs: readonly Tlv[], { md5, hmacMd5 }: Digests): readonly [Tlv, Tlv] {
  const settings = tlvs.filter(({ type }) => type !== CM_MIC && type !== CMTS_MIC)
  const cmMic = { type: CM_MIC, value: md5(cmMicInput(settings)) }
  return [cmMic, { type: CMTS_MIC, value: hmacMd5(cmtsMicInput([...settings, cmMic])) }]
}

/** Whether a check is right: `wrong` also for one that is there twice. */
export type MicVerdict = 'right' | 'wrong' | 'missing'

/** Looks whether the CM MIC of a file is what its settings give. */
export function judgeCmMic(tlvs: readonly Tlv[], md5: Digests['md5']): MicVerdict {
  return verdict(tlvs, CM_MIC, () => md5(cmMicInput(tlvs)))
}

/** Looks whether the CMTS MIC of a file is what its settings and the secret give. */
export function judgeCmtsMic(tlvs: readonly Tlv[], hmacMd5: Digests['hmacMd5']): MicVerdict {
  return verdict(tlvs, CMTS_MIC, () => hmacMd5(cmtsMicInput(tlvs)))
}

function verdict(tlvs: readonly Tlv[], wanted: number, expected: () => Uint8Array): MicVerdict {
  const found = tlvs.filter(({ type }) => type === wanted)
  const [first] = found
  if (first === undefined) return 'missing'
  const right = expected()
  const isSame =
    first.value.length === right.length && first.value.every((byte, index) => byte === right[index])
  return found.length === 1 && isSame ? 'right' : 'wrong'
}
