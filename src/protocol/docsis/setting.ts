import type { ValueCodec } from './value-codec.ts'

/** One setting of the specification: its number, its name in YAML, and what it holds. */
export interface Setting {
  readonly type: number
  readonly name: string
  /**
   * Where the specification describes it: a section of annex C of MULPI v3.0 unless another
   * document is named.
   */
  readonly section: string
  readonly holds: SettingContent
}

/** Further settings. */
export interface InnerSettings {
  readonly form: 'settings'
  readonly settings: readonly Setting[]
  /** Bytes that stand before them, and that nobody writes. Default none. */
  readonly prefix?: Uint8Array
  /** The setting that must come first. Default: any may. */
  readonly first?: string
}

export type SettingContent =
  | { readonly form: 'value'; readonly codec: ValueCodec }
  | InnerSettings
  /** Bytes that may be too many for one: several of the type follow each other. */
  | { readonly form: 'pieces' }

/** What a row of a table says beside number, name and section. */
export type Row = readonly [
  type: number,
  name: string,
  section: string,
  content: ValueCodec | readonly Setting[] | InnerSettings | 'pieces',
]

/** Makes settings of the rows of a table. */
export function settingsOf(rows: readonly Row[]): readonly Setting[] {
  return rows.map(([type, name, section, content]) => {
    return { type, name, section, holds: contentOf(content) }
  })
}

function contentOf(content: Row[3]): SettingContent {
  if (content === 'pieces') return { form: 'pieces' }
  if ('form' in content) return content
  return 'encode' in content
    ? { form: 'value', codec: content }
    : { form: 'settings', settings: content }
}
