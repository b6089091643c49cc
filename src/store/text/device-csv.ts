import { type CastingContext, type CsvError, parse } from 'csv-parse/sync'
import { checkDevice } from '../../inventory/check-device.ts'
import { DeviceIndex } from '../../inventory/identify.ts'
import type { Device } from '../../inventory/model.ts'
import { areEqual, setValue, type Value, type Values } from '../../inventory/value.ts'
import { plainValue } from '../../yaml/yaml-values.ts'
import type { LiveInventory } from '../live-inventory.ts'
import type { Edit } from '../store.ts'

/** Rows of one file. */
const ROWS_MAX = 1_000_000
/** Of one row, in characters. */
const ROW_CHARACTERS_MAX = 1024 * 1024

/** Fields of a device that a column may hold; `values.KEY` besides. Lists stand apart by spaces. */
const fields = {
  id: { field: 'id', isList: false },
  name: { field: 'name', isList: false },
  mac: { field: 'macs', isList: true },
  macs: { field: 'macs', isList: true },
  serial: { field: 'serial', isList: false },
  uuid: { field: 'uuid', isList: false },
  address: { field: 'addresses', isList: true },
  addresses: { field: 'addresses', isList: true },
  class: { field: 'classes', isList: true },
  classes: { field: 'classes', isList: true },
  state: { field: 'state', isList: false },
} as const

/** What becomes of a row. */
export interface RowFate {
  /** The line on which it begins, from 1. */
  readonly line: number
  /** Empty when it has none. */
  readonly id: string
  readonly fate: 'add' | 'change' | 'same' | 'bad'
  /** Of a bad one, all that is wrong with it. */
  readonly why?: string
}

/** What becomes of a file. */
export interface CsvPlan {
  readonly fates: readonly RowFate[]
  /** Of the rows that are not bad. */
  readonly edits: readonly Edit[]
}

export interface CsvOptions {
  /** Which field a column holds, by the column's heading; an empty text: none. */
  readonly map: ReadonlyMap<string, string>
  /** Classes of devices that are new and name none. */
  readonly classes: readonly string[]
}

/** A file that cannot be read at all. */
export class CsvFileError extends Error {
  override readonly name = 'CsvFileError'
}

/**
 * Reads devices from CSV: a heading, then a device a row. A cell that is empty leaves what is
 * there.
 *
 * Commas, semicolons or tabs, as the heading has them; quotes as RFC 4180 has them; a byte order
 * mark is no part of the first heading.
 *
 * @throws {CsvFileError} When there is no heading that tells where the ids are.
 */
export function planCsv(text: string, live: LiveInventory, options: CsvOptions): CsvPlan {
  return new CsvPlanning(live, options).plan(text)
}

interface Row {
  readonly record: readonly string[]
  readonly info: CastingContext & { readonly error?: CsvError }
}

class CsvPlanning {
  readonly #live: LiveInventory
  readonly #options: CsvOptions
  readonly #fates: RowFate[] = []
  readonly #edits: Edit[] = []
  /** The rows before: two may not be one device, nor have one MAC. */
  readonly #index = new DeviceIndex()
  readonly #lineOf = new Map<string, number>()
  #columns: readonly string[] = []

  constructor(live: LiveInventory, options: CsvOptions) {
    this.#live = live
    this.#options = options
  }

  plan(text: string): CsvPlan {
    const [heading, ...rows] = this.#rowsOf(text)
    this.#columns = this.#columnsOf(heading?.record ?? [])
    let line = 1 + linesOf(heading?.record ?? [])
    for (const { record, info } of rows) {
      const start = info.lines - linesOf(record) + 1
      line = Math.max(line, start)
      this.#row(record, line)
      line = info.lines + 1
    }
    const fates = this.#fates.toSorted((one, other) => one.line - other.line)
    return { fates, edits: this.#edits }
  }

  #rowsOf(text: string): Row[] {
    return parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        const line = Number(error?.['lines'] ?? 0)
        this.#fates.push({ line, id: '', fate: 'bad', why: error?.message ?? 'cannot be read' })
        return undefined
      },
      max_record_size: ROW_CHARACTERS_MAX,
      to: ROWS_MAX + 1,
      trim: true,
    }) as unknown as Row[]
  }

  #columnsOf(heading: readonly string[]): readonly string[] {
    const columns = heading.map((name) => this.#options.map.get(name) ?? columnOf(name))
    for (const [index, column] of columns.entries()) {
      const isKnown = column === '' || Object.hasOwn(fields, column) || isValue(column)
      if (isKnown) continue
      const known = [...Object.keys(fields), 'values.KEY'].join(', ')
      const found = `Found the column "${heading[index]}", which is no field (${known})`
      throw new CsvFileError(`${found}: --map '${heading[index]}=FIELD' says what it is`)
    }
    const twice = columns.find((column, index) => {
      const isList = Object.hasOwn(fields, column) && fields[column as keyof typeof fields].isList
      return column !== '' && !isList && columns.indexOf(column) !== index
    })
    if (twice !== undefined) {
      throw new CsvFileError(`Found two columns for "${twice}", one is allowed: --map 'COLUMN='`)
    }
    if (columns.includes('id')) return columns
    const found = heading.length === 0 ? 'no heading' : `the columns ${heading.join(', ')}`
    throw new CsvFileError(`Found ${found}, a column of ids is needed: --map 'COLUMN=id'`)
  }

  #row(record: readonly string[], line: number): void {
    const id = record[this.#columns.indexOf('id')] ?? ''
    const before = this.#live.device(id)?.record
    const { device, why } = this.#deviceOf(record, { id, before })
    if (device === undefined)
      return void this.#fates.push({ line, id, fate: 'bad', why: why ?? '' })
    this.#index.set(device)
    this.#lineOf.set(id, line)
    const isSame = before && areEqual(before as unknown as Value, device as unknown as Value)
    if (isSame) return void this.#fates.push({ line, id, fate: 'same' })
    this.#fates.push({ line, id, fate: before === undefined ? 'add' : 'change' })
    this.#edits.push({ kind: 'device', key: id, before, after: device })
  }

  #deviceOf(
    record: readonly string[],
    { id, before }: { readonly id: string; readonly before: Device | undefined },
  ): { readonly device?: Device; readonly why?: string } {
    const { length } = this.#columns
    if (record.length !== length) {
      return { why: `found ${record.length} cells, expected ${length} as in the heading` }
    }
    const first = this.#lineOf.get(id)
    if (first !== undefined) return { why: `"${id}" stands on line ${first} already` }
    const { record: device, problems } = checkDevice(this.#fieldsOf(record, before))
    if (problems !== undefined) return { why: problems.map(({ message }) => message).join('; ') }
    const missing = device.classes.find((name) => this.#live.classNamed(name) === undefined)
    if (missing !== undefined) return { why: `class "${missing}" does not exist` }
    const why = this.#claimedBy(device)
    return why === undefined ? { device } : { why }
  }

  /** Who has one of its identifiers already, in the rows before or in the inventory. */
  #claimedBy(device: Device): string | undefined {
    const claims = [
      ...this.#index.conflictsWith(device),
      ...this.#live.conflictsWith(device).map((conflict) => ({
        ...conflict,
        // A row before may have taken it from there.
        deviceIds: conflict.deviceIds.filter((id) => !this.#lineOf.has(id)),
      })),
    ]
    for (const { kind, value, deviceIds } of claims) {
      const [other] = deviceIds.filter((id) => id !== device.id)
      if (other === undefined || kind === 'ip') continue
      const where = this.#lineOf.get(other)
      const who = where === undefined ? `"${other}"` : `"${other}" of line ${where}`
      return `${who} has the ${kind} ${value}`
    }
    return undefined
  }

  #fieldsOf(record: readonly string[], before: Device | undefined): Record<string, unknown> {
    const made: Record<string, unknown> = { ...(before ?? { classes: this.#options.classes }) }
    const lists = new Map<string, string[]>()
    let values: Values = before?.values ?? {}
    for (const [index, column] of this.#columns.entries()) {
      const cell = record[index] ?? ''
      if (cell === '' || column === '') continue
      if (isValue(column)) values = withValue(values, column.split('.').slice(1), plainValue(cell))
      else {
        const { field, isList } = fields[column as keyof typeof fields]
        const parts = cell.split(/[\s,;]+/).filter((part) => part !== '')
        // Several columns may hold parts of one list: a site and a role are both classes.
        if (isList) lists.set(field, [...(lists.get(field) ?? []), ...parts])
        else made[field] = cell
      }
    }
    return { ...made, ...Object.fromEntries(lists), values }
  }
}

/** Fields are known whatever the case, keys of values are not. */
function columnOf(name: string): string {
  return isValue(name) ? name : name.toLowerCase()
}

function isValue(column: string): boolean {
  return /^values\../i.test(column)
}

function withValue(values: Values, [key = '', ...rest]: readonly string[], value: Value): Values {
  const copy: Record<string, Value> = {}
  for (const name of Object.keys(values)) setValue(copy, name, values[name] ?? null)
  const below = Object.hasOwn(values, key) ? values[key] : undefined
  const isMap = typeof below === 'object' && below !== null && !Array.isArray(below)
  const inner = rest.length === 0 ? value : withValue(isMap ? (below as Values) : {}, rest, value)
  setValue(copy, key, inner)
  return copy
}

/** What the heading has most of, outside of quotes. */
function delimiterOf(text: string): string {
  const heading = text.slice(0, ROW_CHARACTERS_MAX).split(/\r?\n/, 1)[0] ?? ''
  const bare = heading.replaceAll(/"[^"]*"/g, '')
  const countOf = (delimiter: string): number => bare.split(delimiter).length
  return [',', ';', '\t'].toSorted((one, other) => countOf(other) - countOf(one))[0] ?? ','
}

/** Lines of a record: cells in quotes may have line ends. */
function linesOf(record: readonly string[]): number {
  return 1 + record.reduce((count, cell) => count + (cell.match(/\n/g)?.length ?? 0), 0)
}
