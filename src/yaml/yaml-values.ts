import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml'

/** Values that aliases may add to a document, so that a small file cannot grow without end. */
export const ALIASED_VALUES_MAX = 100_000

/** A problem and the place of it in the text. */
export interface YamlValueProblem {
  /** Keys and indexes from the top. */
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Characters before it. */
  readonly offset: number
}

/**
 * What an anchor stands for; shared by all who refer to it, so memory does not grow with aliases.
 */
interface Anchored {
  readonly value: unknown
  readonly valueCount: number
}

type Path = readonly PropertyKey[]

/** Tags that say what this reading does anyway. `!` and `!!str` make a plain scalar text. */
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  '!',
  'tag:yaml.org,2002:str',
  'tag:yaml.org,2002:map',
  'tag:yaml.org,2002:seq',
])

/** The tag of numbers that are not canonical, where they are allowed. */
const FLOAT_TAG = 'tag:yaml.org,2002:float'

export interface YamlValuesOptions {
  /** True for places where a plain scalar is text whatever it looks like. Default: nowhere. */
  readonly isText?: (path: readonly PropertyKey[]) => boolean
  /** True: `!!float "1e+21"` is a number. Default false. */
  readonly hasFloats?: boolean
}

/** Turns the nodes of one document into values, and notes what cannot be one. */
export class YamlValues {
  readonly problems: YamlValueProblem[] = []
  readonly #lineAt: (offset: number) => number
  readonly #options: YamlValuesOptions
  /** Undefined while the value is still being made: an alias to it there would contain itself. */
  readonly #anchors = new Map<string, Anchored | undefined>()
  #valueCount = 0
  #aliasedCount = 0

  constructor(lineAt: (offset: number) => number, options: YamlValuesOptions = {}) {
    this.#lineAt = lineAt
    this.#options = options
  }

  read(node: unknown, path: Path = []): unknown {
    if (isAlias(node)) return this.#aliased(node, path)
    const anchor = anchorOf(node)
    const countBefore = this.#valueCount
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const value = this.#value(node, path)
    const valueCount = this.#valueCount - countBefore
    if (anchor !== undefined) this.#anchors.set(anchor, { value, valueCount })
    return value
  }

  #value(node: unknown, path: Path): unknown {
    this.#valueCount += 1
    this.#checkTag(node, path)
    if (isScalar(node)) return this.#scalar(node, path)
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]))
    if (isMap(node)) return this.#map(node, path)
    return null
  }

  #scalar(node: Scalar, path: Path): unknown {
    const text = typeof node.value === 'string' ? node.value : ''
    if (node.tag === FLOAT_TAG) return this.#float(node, text, path)
    if (node.type !== 'PLAIN' || node.tag !== undefined) return text
    if (text !== '' && this.#options.isText?.(path)) return text
    return plainValue(text)
  }

  #float(node: Scalar, text: string, path: Path): unknown {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value)) {
      this.#note(node, path, `found "${text}" with the tag "!!float", expected a number`)
    }
    return value
  }

  #map({ items }: YAMLMap, path: Path): unknown {
    const entries = new Map<string, unknown>()
    const offsets = new Map<string, number>()
    for (const pair of items) {
      const key = this.#key(pair, path)
      if (key === undefined) continue
      const first = offsets.get(key)
      if (first === undefined) offsets.set(key, startOf(pair.key))
      else {
        const message = `found the key "${key}" twice, first on line ${this.#lineAt(first)}`
        this.#note(pair.key, [...path, key], message)
      }
      entries.set(key, this.read(pair.value, [...path, key]))
    }
    return Object.fromEntries(entries)
  }

  #key({ key }: Pair, path: Path): string | undefined {
    if (!isScalar(key)) {
      this.#note(key, path, 'found an alias, a list or a map as a key, expected text')
      return undefined
    }
    const text = String(key.value)
    if (key.type !== 'PLAIN' || text !== '<<') return text
    const message = 'found the merge key "<<", which is not supported: write the keys out'
    this.#note(key, path, message)
    return undefined
  }

  #aliased(node: Alias, path: Path): unknown {
    const name = node.source
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      const message = this.#anchors.has(name)
        ? `the alias "*${name}" stands inside what it refers to`
        : `found the alias "*${name}", but no anchor "&${name}" before it`
      this.#note(node, path, message)
      return null
    }
    this.#valueCount += anchored.valueCount
    this.#aliasedCount += anchored.valueCount
    const countBefore = this.#aliasedCount - anchored.valueCount
    if (this.#aliasedCount > ALIASED_VALUES_MAX && countBefore <= ALIASED_VALUES_MAX) {
      const message = `aliases make more than ${ALIASED_VALUES_MAX} values of this document`
      this.#note(node, path, message)
    }
    return anchored.value
  }

  #checkTag(node: unknown, path: Path): void {
    const tag = (node as { tag?: string } | null)?.tag
    if (tag === undefined || KNOWN_TAGS.has(tag)) return
    if (tag === FLOAT_TAG && this.#options.hasFloats === true) return
    const shown = tag.replace(/^tag:yaml\.org,2002:/, '!!')
    this.#note(node, path, `found the tag "${shown}", expected none: put text in quotes instead`)
  }

  #note(node: unknown, path: Path, message: string): void {
    this.problems.push({ offset: startOf(node), path, message })
  }
}

/** What a plain scalar stands for. */
export function plainValue(text: string): string | number | boolean | null {
  if (text === '' || text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return isCanonicalNumber(text) ? Number(text) : text
}

/**
 * True when writing the number gives the same text again, and it is exact: `1.10`, `0012`, `1e3`,
 * `+1` and whole numbers past 2^53 are text.
 */
export function isCanonicalNumber(text: string): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return false
  const value = Number(text)
  return String(value) === text && (text.includes('.') || Number.isSafeInteger(value))
}

/** Characters before a node; 0 for what is not there. */
export function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0
}

function anchorOf(node: unknown): string | undefined {
  return (node as { anchor?: string } | null | undefined)?.anchor
}
