import type { InnerSettings, Setting } from './setting.ts'
import { fileSettings } from './settings.ts'
import { CM_MIC, CMTS_MIC } from './mic.ts'
import { encodeTlvs, END_OF_DATA, PAD, tlvBytes, TLV_VALUE_BYTES_MAX, type Tlv } from './tlv.ts'
import { hexOf } from './value-codec.ts'

/** The name under which any setting can be written: `{ type, hex }`. */
export const GENERIC = 'Generic'

/** Bytes of one piece where a value is too long for one TLV (MULPI C.1.2.10). */
export const PIECE_BYTES = 254

/** What a file cannot be made of. */
export interface SettingProblem {
  /** Keys and indexes from the top. */
  readonly path: readonly PropertyKey[]
  /** `found …, expected …` */
  readonly message: string
  /** Names that may stand there; given where one is not known. */
  readonly names?: readonly string[]
}

export interface EncodedSettings {
  readonly tlvs: readonly Tlv[]
  /** Not one: the settings are whole. */
  readonly problems: readonly SettingProblem[]
}

/**
 * Turns settings as they are written, `{ NetworkAccess: true, UsServiceFlow: [{ … }, { … }] }`,
 * into those of a file, in the order in which they are written. Where a map cannot give the order,
 * a list of maps can: `[{ MaxCPE: 1 }, { Generic: … }, { MaxCPE: 2 }]`.
 */
export function encodeSettings(value: unknown): EncodedSettings {
  const encoder = new SettingsEncoder()
  const tlvs = encoder.block(value, { form: 'settings', settings: fileSettings }, [])
  return { tlvs, problems: encoder.problems }
}

type Path = readonly PropertyKey[]

class SettingsEncoder {
  readonly problems: SettingProblem[] = []

  /** A map, or a list of maps. */
  block(value: unknown, content: InnerSettings, path: Path): Tlv[] {
    const maps = Array.isArray(value) ? value : [value]
    const tlvs = maps.flatMap((map, index) => {
      return this.#map(map, content, Array.isArray(value) ? [...path, index] : path)
    })
    const { first, settings } = content
    if (
      first !== undefined &&
      tlvs[0]?.type !== settings.find(({ name }) => name === first)?.type
    ) {
      this.#note(path, `${first} must come first`)
    }
    return tlvs
  }

  #map(value: unknown, content: InnerSettings, path: Path): Tlv[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#note(path, `found ${shown(value)}, expected settings: names and their values`)
      return []
    }
    return Object.entries(value).flatMap(([name, held]) => {
      const at = [...path, name]
      if (name === GENERIC) {
        return instances(held, at).flatMap((one) => this.#generic(one.value, content, one.path))
      }
      const setting = content.settings.find((one) => one.name === name)
      if (setting !== undefined) return this.#setting(setting, held, at)
      const names = [...content.settings.map((one) => one.name), GENERIC]
      this.problems.push({ path: at, message: `found the unknown setting "${name}"`, names })
      return []
    })
  }

  #setting(setting: Setting, held: unknown, path: Path): Tlv[] {
    const { holds } = setting
    const isOne = holds.form === 'value' && holds.codec.isList === true && !isListOfLists(held)
    const all = isOne ? [{ value: held, path }] : instances(held, path)
    return all.flatMap((one) => {
      return this.#values(setting, one).map((value) => ({ type: setting.type, value }))
    })
  }

  #values(setting: Setting, { value, path }: Instance): readonly Uint8Array[] {
    const { holds } = setting
    switch (holds.form) {
      case 'value': {
        const bytes = holds.codec.encode(value)
        if (bytes === undefined) this.#refuse(setting, { value, path }, holds.codec.allowed)
        return bytes === undefined ? [] : this.#limited(bytes, path)
      }
      case 'pieces': {
        const bytes = hexOf(value)
        if (bytes !== undefined && bytes.length > 0) return pieces(bytes)
        this.#refuse(setting, { value, path }, 'bytes in hex')
        return []
      }
      case 'settings': {
        const inner = this.block(value, holds, path)
        const { prefix = new Uint8Array() } = holds
        const length = prefix.length + tlvBytes(inner)
        if (this.#isTooLong(length, path)) return []
        return [Uint8Array.from([...prefix, ...encodeTlvs(inner)])]
      }
    }
  }

  #generic(value: unknown, { settings }: InnerSettings, path: Path): Tlv[] {
    const { type, hex, ...rest } = isMap(value) ? value : { type: undefined, hex: undefined }
    const isFile = settings === fileSettings
    const [min, max] = isFile ? [1, END_OF_DATA - 1] : [PAD, 255]
    const bytes = hexOf(hex)
    const isType = typeof type === 'number' && Number.isInteger(type) && type >= min && type <= max
    if (!isType || bytes === undefined || Object.keys(rest).length > 0) {
      const allowed = `{ type: a whole number from ${min} to ${max}, hex: bytes in hex }`
      this.#note(path, `found ${shown(value)}, expected ${allowed}`)
      return []
    }
    if (isFile && (type === CM_MIC || type === CMTS_MIC)) {
      this.#note(path, `found type ${type}, a message integrity check: it is computed`)
      return []
    }
    return this.#limited(bytes, path).map((one) => ({ type, value: one }))
  }

  #limited(bytes: Uint8Array, path: Path): readonly Uint8Array[] {
    return this.#isTooLong(bytes.length, path) ? [] : [bytes]
  }

  #isTooLong(length: number, path: Path): boolean {
    if (length <= TLV_VALUE_BYTES_MAX) return false
    this.#note(path, `has ${length} bytes, at most ${TLV_VALUE_BYTES_MAX} are allowed`)
    return true
  }

  #refuse({ type, section }: Setting, { value, path }: Instance, allowed: string): void {
    const place = /^[A-Z]\./.test(section) ? `MULPI ${section}` : section
    this.#note(path, `found ${shown(value)}, expected ${allowed} (TLV ${type}, ${place})`)
  }

  #note(path: Path, message: string): void {
    this.problems.push({ path, message })
  }
}

interface Instance {
  readonly value: unknown
  readonly path: Path
}

/** A list stands for several of the setting. */
function instances(held: unknown, path: Path): readonly Instance[] {
  if (!Array.isArray(held)) return [{ value: held, path }]
  return held.map((value: unknown, index) => ({ value, path: [...path, index] }))
}

function isListOfLists(held: unknown): boolean {
  return Array.isArray(held) && held.length > 0 && held.every(Array.isArray)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pieces(bytes: Uint8Array): readonly Uint8Array[] {
  const all: Uint8Array[] = []
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    all.push(bytes.subarray(offset, offset + PIECE_BYTES))
  }
  return all
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
