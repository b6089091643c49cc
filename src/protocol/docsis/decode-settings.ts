import { GENERIC, PIECE_BYTES } from './encode-settings.ts'
import { formatHex } from './hex.ts'
import { CM_MIC, CMTS_MIC } from './mic.ts'
import type { InnerSettings, Setting } from './setting.ts'
import { fileSettings } from './settings.ts'
import { decodeInnerTlvs, type Tlv } from './tlv.ts'
import type { ValueCodec } from './value-codec.ts'

type Block = Readonly<Record<string, unknown>>

/**
 * Turns the settings of a file into what `encodeSettings` takes: written again they are the same
 * bytes, but that lengths inside SNMP variables come out as short as can be. What has no name, or
 * does not fit its name, is `Generic`. The message integrity checks are left out.
 */
export function decodeSettings(tlvs: readonly Tlv[]): Block | readonly Block[] {
  const settings = tlvs.filter(({ type }) => type !== CM_MIC && type !== CMTS_MIC)
  return blockOf(settings, fileSettings)
}

interface Entry {
  readonly name: string
  readonly value: unknown
}

function blockOf(tlvs: readonly Tlv[], settings: readonly Setting[]): Block | readonly Block[] {
  const blocks: Map<string, unknown[]>[] = [new Map()]
  let last: string | undefined
  for (const { name, value } of entriesOf(tlvs, settings)) {
    // A name that comes again behind others needs a map of its own, or the order would be lost.
    if (name !== last && blocks.at(-1)?.has(name) === true) blocks.push(new Map())
    const block = blocks.at(-1)
    const values = block?.get(name)
    if (values === undefined) block?.set(name, [value])
    else values.push(value)
    last = name
  }
  const maps = blocks.map((block) => {
    return Object.fromEntries(
      Array.from(block, ([name, values]) => [name, oneOrAll(name, values, settings)]),
    )
  })
  const [only, ...others] = maps
  return others.length === 0 && only !== undefined ? only : maps
}

/** A list would stand for several; one that is a list itself goes into another list. */
function oneOrAll(name: string, values: readonly unknown[], settings: readonly Setting[]): unknown {
  const [only] = values
  if (values.length > 1) return values
  const isSettings = settings.find((one) => one.name === name)?.holds.form === 'settings'
  return isSettings && Array.isArray(only) ? values : only
}

function* entriesOf(tlvs: readonly Tlv[], settings: readonly Setting[]): Generator<Entry, void> {
  for (let index = 0; index < tlvs.length; ) {
    const tlv = tlvs[index]
    if (tlv === undefined) return
    const candidates = settings.filter(({ type }) => type === tlv.type)
    const run = candidates.some(({ holds }) => holds.form === 'pieces') ? runAt(tlvs, index) : []
    const [whole] = candidates
    if (run.length > 0 && whole !== undefined) {
      yield { name: whole.name, value: formatHex(Uint8Array.from(run.flatMap((one) => [...one]))) }
      index += run.length
    } else {
      yield entryOf(tlv, candidates)
      index += 1
    }
  }
}

/** The pieces of one value: all but the last are full. None when the first is no piece. */
function runAt(tlvs: readonly Tlv[], start: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (const { type, value } of tlvs.slice(start)) {
    if (type !== tlvs[start]?.type || value.length === 0 || value.length > PIECE_BYTES) break
    pieces.push(value)
    if (value.length < PIECE_BYTES) break
  }
  return pieces
}

function entryOf({ type, value }: Tlv, candidates: readonly Setting[]): Entry {
  for (const { name, holds } of candidates) {
    if (holds.form === 'pieces') continue
    const read = holds.form === 'value' ? valueOf(value, holds.codec) : innerOf(value, holds)
    if (read !== undefined) return { name, value: read }
  }
  return { name: GENERIC, value: { type, hex: formatHex(value) } }
}

/** Undefined for bytes that would come out otherwise: a stray NUL in text, too large a number. */
function valueOf(bytes: Uint8Array, codec: ValueCodec): unknown {
  const value = codec.decode(bytes)
  if (value === undefined) return undefined
  const again = codec.encode(value)
  if (again === undefined) return undefined
  return codec.isLenient === true || isSame(again, bytes) ? value : undefined
}

function innerOf(bytes: Uint8Array, content: InnerSettings): unknown {
  const { prefix = new Uint8Array(), first, settings } = content
  if (!isSame(bytes.subarray(0, prefix.length), prefix)) return undefined
  const tlvs = decodeInnerTlvs(bytes.subarray(prefix.length))
  if (tlvs === undefined) return undefined
  const leading = settings.find(({ name }) => name === first)
  if (leading !== undefined && tlvs[0]?.type !== leading.type) return undefined
  return blockOf(tlvs, settings)
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
