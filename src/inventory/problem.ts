/** What can be wrong with a device, a class, or how they stand together. */
export type InventoryProblemCode =
  /** A field is missing, unknown or of the wrong type. */
  | 'FIELD_WRONG'
  /** An id or a name does not follow its grammar. */
  | 'NAME_WRONG'
  /** A MAC, serial, UUID or address is none. */
  | 'IDENTIFIER_WRONG'
  /** The same thing stands in a list twice. */
  | 'LISTED_TWICE'
  /** A value is no JSON data, or a key cannot be used. */
  | 'VALUE_WRONG'
  /** A `$` key is unknown, holds the wrong thing, or stands where it means nothing. */
  | 'DIRECTIVE_WRONG'
  /** Too many, too long, too deep or too large. */
  | 'LIMIT_EXCEEDED'
  /** A class is named that does not exist. */
  | 'CLASS_MISSING'
  /** A class would inherit itself. */
  | 'CLASS_LOOP'
  /** The lists of parents contradict each other. */
  | 'CLASS_ORDER'

/** One thing wrong, as a value: nothing in the inventory throws for what people write. */
export interface InventoryProblem {
  readonly code: InventoryProblemCode
  /** Where in the device or class: a JSON Pointer, empty for the whole. */
  readonly path: string
  /** What was found, ready to be shown. */
  readonly found: string
  /** What is allowed, ready to be shown. */
  readonly allowed: string
  /** `class "phones" /parents/1: found "a b", expected …` */
  readonly message: string
}

/** What a problem consists of, before it is put into a sentence. */
export interface ProblemParts extends Omit<InventoryProblem, 'message'> {
  /** Whose problem it is: `class "phones"`. */
  readonly subject: string
}

export function inventoryProblem({ subject, ...parts }: ProblemParts): InventoryProblem {
  const place = parts.path === '' ? subject : `${subject} ${parts.path}`
  return { ...parts, message: `${place}: found ${parts.found}, expected ${parts.allowed}` }
}

const SHOWN_CHARACTERS_MAX = 60

/** Names what was found in a message, whatever it is; long text is cut. */
export function shown(found: unknown): string {
  switch (typeof found) {
    case 'string':
      return JSON.stringify(cut(found))
    case 'object':
      if (found === null) return 'null'
      return Array.isArray(found) ? 'a list' : 'a map'
    case 'undefined':
      return 'nothing'
    case 'number':
    case 'boolean':
      return String(found)
    default:
      return `a ${typeof found}`
  }
}

function cut(text: string): string {
  if (text.length <= SHOWN_CHARACTERS_MAX) return text
  return `${text.slice(0, SHOWN_CHARACTERS_MAX).toWellFormed()}…`
}
