import { checkValues } from './check-values.ts'
import { inventoryLimits } from './limits.ts'
import { OWN_LAYER } from './model.ts'
import { pointerTo } from './pointer.ts'
import { type InventoryProblem, type InventoryProblemCode, shown } from './problem.ts'
import { RecordProblems } from './record-problems.ts'
import { emptyValues, frozenCopy, isPlainMap, type Values } from './value.ts'

/** A record as it may be saved, or everything that is wrong with it. */
export type Checked<Record> =
  | { readonly record: Record; readonly problems?: undefined }
  | { readonly record?: undefined; readonly problems: readonly InventoryProblem[] }

/** What a text must be, for its check and for the message. */
export interface TextRule {
  readonly code: InventoryProblemCode
  /** What is allowed, in words. */
  readonly allowed: string
  /** The one spelling; undefined when the text is not allowed. */
  normalise(text: string): string | undefined
}

/** A list of texts. */
export interface ListRule {
  readonly rule: TextRule
  readonly countMax: number
}

const max = inventoryLimits.nameCharactersMax

/** Names of classes, ids of devices. */
export const nameRule: TextRule = {
  code: 'NAME_WRONG',
  allowed: `1 to ${max} letters, digits, ".", "_" and "-", the first a letter or digit`,
  normalise: (text) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) ? text : undefined),
}

/** A name that a class may have. */
export const classNameRule: TextRule = {
  ...nameRule,
  allowed: `${nameRule.allowed}, but not "${OWN_LAYER}"`,
  normalise: (text) => (text === OWN_LAYER ? undefined : nameRule.normalise(text)),
}

/** Reads the fields of one device or class out of what somebody sent. */
export class RecordFields {
  readonly problems: RecordProblems
  readonly #fields: Readonly<Record<string, unknown>>

  /**
   * @param kind - `device` or `class`, for messages.
   * @param known - The names of all fields; the first tells records apart.
   */
  constructor(input: unknown, kind: string, known: readonly string[]) {
    const [nameField = ''] = known
    const fields = isPlainMap(input) ? input : {}
    const name = fields[nameField]
    this.problems = new RecordProblems(typeof name === 'string' ? `${kind} ${shown(name)}` : kind)
    this.#fields = fields
    if (!isPlainMap(input)) this.#note('', { found: shown(input), allowed: 'a map of fields' })
    for (const field of Object.keys(fields).filter((key) => !known.includes(key))) {
      const found = `the field ${shown(field)}`
      this.#note(pointerTo('', field), { found, allowed: `one of ${known.join(', ')}` })
    }
  }

  /** The record, if nothing was noted. */
  checked<Kind>(record: Kind): Checked<Kind> {
    return this.problems.count === 0 ? { record } : { problems: this.problems.all }
  }

  required(field: string, rule: TextRule): string {
    return this.#text(this.#fields[field], { path: `/${field}`, rule }) ?? ''
  }

  /** Null is as good as leaving the field out. */
  optional(field: string, rule: TextRule): string | undefined {
    const value = this.#fields[field]
    return value === undefined || value === null
      ? undefined
      : this.#text(value, { path: `/${field}`, rule })
  }

  list(field: string, { rule, countMax }: ListRule): readonly string[] {
    const value: unknown = this.#fields[field] ?? []
    const path = `/${field}`
    if (!Array.isArray(value)) {
      this.#note(path, { found: shown(value), allowed: 'a list' })
      return []
    }
    if (value.length > countMax) {
      const parts = { code: 'LIMIT_EXCEEDED', found: `${value.length} of them` } as const
      this.problems.add({ ...parts, path, allowed: `at most ${countMax}` })
      return []
    }
    const texts = value.map((one: unknown, index) =>
      this.#text(one, { path: `${path}/${index}`, rule }),
    )
    this.#noteTwice(texts, path)
    return Object.freeze(texts.filter((text) => text !== undefined))
  }

  values(field: string): Values {
    const input = this.#fields[field] ?? emptyValues
    const values = checkValues(input, { path: `/${field}`, problems: this.problems })
    return values === undefined ? emptyValues : frozenCopy(values)
  }

  #text(value: unknown, { path, rule }: { path: string; rule: TextRule }): string | undefined {
    const text = typeof value === 'string' ? rule.normalise(value) : undefined
    if (text !== undefined) return text
    const code = typeof value === 'string' ? rule.code : 'FIELD_WRONG'
    const found = typeof value === 'number' ? `the number ${value}` : shown(value)
    this.problems.add({ code, path, found, allowed: rule.allowed })
    return undefined
  }

  #noteTwice(texts: readonly (string | undefined)[], path: string): void {
    for (const [index, text] of texts.entries()) {
      const first = texts.indexOf(text)
      if (text === undefined || first === index) continue
      const found = `${shown(text)} a second time, first at ${path}/${first}`
      const parts = { code: 'LISTED_TWICE', path: `${path}/${index}`, found } as const
      this.problems.add({ ...parts, allowed: 'each once' })
    }
  }

  #note(path: string, parts: { readonly found: string; readonly allowed: string }): void {
    this.problems.add({ code: 'FIELD_WRONG', path, ...parts })
  }
}
