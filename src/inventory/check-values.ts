import { canonicalText } from './canonical.ts'
import { type CheckValue, checkDirective, type ValuePlace } from './check-directive.ts'
import { inventoryLimits } from './limits.ts'
import { pointerTo } from './pointer.ts'
import type { RecordProblems } from './record-problems.ts'
import { shown } from './problem.ts'
import { isPlainMap, type Values } from './value.ts'

/**
 * Checks that values are plain JSON data with well-formed directives, within the limits.
 *
 * Ends early when the values grow over their limit, so that shared parts, which YAML aliases make,
 * cannot cost more than what is allowed.
 *
 * @returns The values, when there was nothing to note.
 */
export function checkValues(
  input: unknown,
  { path, problems }: { readonly path: string; readonly problems: RecordProblems },
): Values | undefined {
  const countBefore = problems.count
  const check = new ValuesCheck(problems, path)
  check.checkTop(input)
  if (problems.count === countBefore) check.checkBytes(input as Values)
  return problems.count === countBefore ? (input as Values) : undefined
}

class ValuesCheck {
  readonly #problems: RecordProblems
  readonly #top: string
  /** What was seen so far takes at least this many bytes. */
  #bytesMin = 0

  constructor(problems: RecordProblems, top: string) {
    this.#problems = problems
    this.#top = top
  }

  checkTop(input: unknown): void {
    if (!isPlainMap(input)) {
      const allowed = 'a map of keys to values'
      this.#problems.add({ code: 'VALUE_WRONG', path: this.#top, found: shown(input), allowed })
      return
    }
    const directive = Object.keys(input).find((key) => key.startsWith('$'))
    if (directive === undefined) {
      this.#check(input, { path: this.#top, depth: 0, isInList: false })
      return
    }
    this.#problems.add({
      code: 'DIRECTIVE_WRONG',
      path: pointerTo(this.#top, directive),
      found: `${shown(directive)} at the top`,
      allowed: 'it below a key',
    })
  }

  readonly #check: CheckValue = (value, place) => {
    if (this.#isFull || this.#problems.isFull) return
    if (typeof value === 'object' && value !== null) this.#checkNested(value, place)
    else if (isScalar(value)) this.#count(typeof value === 'string' ? value.length + 2 : 1)
    else this.#noteValue(value, place.path)
  }

  #checkNested(value: object, place: ValuePlace): void {
    const { path, depth } = place
    if (depth >= inventoryLimits.valuesDepthMax) {
      const max = inventoryLimits.valuesDepthMax
      const found = `more than ${max} maps and lists inside each other`
      this.#problems.add({ code: 'LIMIT_EXCEEDED', path, found, allowed: `at most ${max}` })
    } else if (Array.isArray(value)) {
      this.#count(2)
      for (let index = 0; index < value.length; index += 1) {
        const below = { path: pointerTo(path, index), depth: depth + 1, isInList: true }
        this.#check(value[index], below)
      }
    } else if (isPlainMap(value)) this.#checkMap(value, place)
    else this.#noteValue(value, path)
  }

  #checkMap(map: Readonly<Record<string, unknown>>, place: ValuePlace): void {
    const keys = Object.keys(map)
    this.#count(keys.reduce((bytes, key) => bytes + key.length + 3, 2))
    if (keys.some((key) => key.startsWith('$'))) {
      checkDirective(map, { place, problems: this.#problems, checkValue: this.#check })
      return
    }
    for (const key of keys) {
      const path = pointerTo(place.path, key)
      this.#checkKey(key, path)
      this.#check(map[key], { path, depth: place.depth + 1, isInList: place.isInList })
    }
  }

  #checkKey(key: string, path: string): void {
    const max = inventoryLimits.keyCharactersMax
    if (key !== '' && key.length <= max && key !== '__proto__') return
    const allowed = `a key of 1 to ${max} characters, not "__proto__"`
    this.#problems.add({ code: 'VALUE_WRONG', path, found: `the key ${shown(key)}`, allowed })
  }

  #noteValue(value: unknown, path: string): void {
    const allowed = 'null, true, false, a finite number, text, a list or a map'
    const isForeign = typeof value === 'object' && value !== null && !Array.isArray(value)
    const found = isForeign ? 'an object that is no plain map' : shown(value)
    this.#problems.add({ code: 'VALUE_WRONG', path, found, allowed })
  }

  checkBytes(values: Values): void {
    if (encoder.encode(canonicalText(values)).length > inventoryLimits.valuesBytesMax) {
      this.#noteBytes()
    }
  }

  get #isFull(): boolean {
    return this.#bytesMin > inventoryLimits.valuesBytesMax
  }

  #count(bytesMin: number): void {
    const wasFull = this.#isFull
    this.#bytesMin += bytesMin
    if (!wasFull && this.#isFull) this.#noteBytes()
  }

  #noteBytes(): void {
    const max = inventoryLimits.valuesBytesMax
    const parts = { code: 'LIMIT_EXCEEDED', path: this.#top, allowed: `at most ${max}` } as const
    this.#problems.add({ ...parts, found: `more than ${max} bytes of JSON` })
  }
}

const encoder = new TextEncoder()

function isScalar(value: unknown): value is null | boolean | number | string {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'boolean' || typeof value === 'string'
}
