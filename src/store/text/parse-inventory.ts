import { distance } from 'fastest-levenshtein'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { checkClass, checkDevice } from '../../inventory/check-device.ts'
import type { Device, DeviceClass } from '../../inventory/model.ts'
import { isPlainMap } from '../../inventory/value.ts'
import { syntaxProblems } from '../../yaml/yaml-syntax.ts'
import { startOf, YamlValues } from '../../yaml/yaml-values.ts'
import type { InventoryRecords } from './format-inventory.ts'

/** Of a text, in characters. */
const TEXT_CHARACTERS_MAX = 64 * 1024 * 1024
const SECTIONS = ['classes', 'devices'] as const

/** Something wrong in a text, with its place. */
export interface TextProblem {
  readonly code: string
  /** `inventory.yaml:7:5 device "x" /macs/0: found …` */
  readonly message: string
}

/** The records of a text, or everything that is wrong with it. */
export type ParsedInventory =
  | { readonly records: InventoryRecords; readonly problems?: undefined }
  | { readonly records?: undefined; readonly problems: readonly TextProblem[] }

/**
 * Reads what `formatInventory` writes, and what people write by hand.
 *
 * Names, MACs, serial numbers and the like are the text that stands there, whatever it looks like;
 * values are typed as `true`, `false`, `null` and canonical decimal numbers, all else is text.
 *
 * @param file - For messages.
 */
export function parseInventory(text: string, file: string): ParsedInventory {
  if (text.length > TEXT_CHARACTERS_MAX) {
    const found = `found ${text.length} characters, at most ${TEXT_CHARACTERS_MAX} are allowed`
    return { problems: [{ code: 'LIMIT_EXCEEDED', message: `${file}: ${found}` }] }
  }
  return new InventoryReading(text, file).result()
}

/** True where what is written is text: everywhere but in values. */
function isText([section, , field]: readonly PropertyKey[]): boolean {
  return SECTIONS.includes(section as (typeof SECTIONS)[number]) && field !== 'values'
}

class InventoryReading {
  readonly #text: string
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #problems: TextProblem[] = []
  readonly #document: ReturnType<typeof parseDocument>

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
    this.#document = parseDocument(text, {
      schema: 'failsafe',
      lineCounter: this.#lines,
      uniqueKeys: false,
    })
  }

  result(): ParsedInventory {
    const { errors } = this.#document
    if (errors.length > 0) {
      for (const { line, column, message } of syntaxProblems(this.#document, this.#text)) {
        this.#note('SYNTAX', `${line}:${column}`, message)
      }
      return { problems: this.#problems }
    }
    const records = this.#records(this.#value())
    return this.#problems.length > 0 ? { problems: this.#problems } : { records }
  }

  #value(): unknown {
    const lineAt = (offset: number): number => this.#lines.linePos(offset).line
    const values = new YamlValues(lineAt, { isText, hasFloats: true })
    const value = values.read(this.#document.contents)
    for (const { offset, path, message } of values.problems) {
      this.#note('SYNTAX', this.#place(offset), `${path.join('.')}: ${message}`)
    }
    return value
  }

  #records(value: unknown): InventoryRecords {
    const classes: DeviceClass[] = []
    const devices: Device[] = []
    if (value === null) return { classes, devices }
    if (!isPlainMap(value)) {
      this.#note('FIELD_WRONG', '1:1', 'found no map, expected the keys classes and devices')
      return { classes, devices }
    }
    for (const key of Object.keys(value)) this.#checkSection(key)
    this.#each(value, 'classes', (name, fields) => {
      const { record, problems } = checkClass({ ...fields, name })
      if (record !== undefined) classes.push(record)
      return problems
    })
    this.#each(value, 'devices', (id, fields) => {
      const { record, problems } = checkDevice({ ...fields, id })
      if (record !== undefined) devices.push(record)
      return problems
    })
    return { classes, devices }
  }

  #checkSection(key: string): void {
    if (SECTIONS.includes(key as (typeof SECTIONS)[number])) return
    const near = SECTIONS.find((known) => distance(known, key) <= 2)
    const hint = near === undefined ? '' : `: did you mean "${near}"?`
    const message = `unknown key "${key}"${hint} (allowed: ${SECTIONS.join(', ')})`
    this.#note('FIELD_WRONG', this.#placeOf([key]), message)
  }

  #each(
    value: Readonly<Record<string, unknown>>,
    section: (typeof SECTIONS)[number],
    check: (
      name: string,
      fields: Readonly<Record<string, unknown>>,
    ) => readonly { code: string; path: string; message: string }[] | undefined,
  ): void {
    const records = value[section] ?? {}
    if (!isPlainMap(records)) {
      const message = `${section}: found no map, expected names with what belongs to each`
      return this.#note('FIELD_WRONG', this.#placeOf([section]), message)
    }
    for (const [name, fields] of Object.entries(records)) {
      if (fields !== null && !isPlainMap(fields)) {
        const message = `${section}.${name}: found no map of fields`
        this.#note('FIELD_WRONG', this.#placeOf([section, name]), message)
        continue
      }
      for (const { code, path, message } of check(name, fields ?? {}) ?? []) {
        const steps = path.split('/').slice(1)
        this.#note(code, this.#placeOf([section, name, ...steps]), message)
      }
    }
  }

  #note(code: string, place: string, message: string): void {
    this.#problems.push({ code, message: `${this.#file}:${place} ${message}` })
  }

  /** Where the deepest part of a path begins that is there. */
  #placeOf(path: readonly string[]): string {
    let node: unknown = this.#document.contents
    let offset = startOf(node)
    for (const step of path) {
      const items = (node as { items?: readonly unknown[] } | null)?.items
      if (items === undefined) break
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
        if (pair === undefined) break
        offset = startOf(pair.key)
        node = pair.value
      } else {
        node = items[Number(step)]
        if (node === undefined) break
        offset = startOf(node)
      }
    }
    return this.#place(offset)
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${Math.max(1, line)}:${Math.max(1, col)}`
  }
}
