import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml'
import { ConfigError, type ConfigProblem } from './problems.ts'

/** Aliases resolved at most, so that a small file cannot grow without end. */
const ALIASES_MAX = 100

/** A parsed YAML file: its value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown
  /** Line and column, from 1, of the deepest part of a path that is there. */
  locate(path: readonly PropertyKey[]): { readonly line: number; readonly column: number }
}

/**
 * Parses YAML so that identifiers stay what was written.
 *
 * Plain `true`, `false`, `null` and canonical decimal numbers are typed; everything else is text. A bare MAC, a serial
 * number with leading zeros and version 1.10 would become other numbers in YAML's own reading.
 *
 * @throws {ConfigError} With every syntax error and its line.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, uniqueKeys: true })
  const problems = document.errors.map((error) => syntaxProblem(error, file))
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    value: valueOf(document.contents, { document, aliases: 0 }),
    locate: (path) => {
      const start = offsetOf(document, path)
      const { line, col } = lines.linePos(start)
      return { line: Math.max(1, line), column: Math.max(1, col) }
    },
  }
}

function syntaxProblem(
  error: {
    readonly message: string
    readonly linePos?: readonly { line: number; col: number }[] | undefined
  },
  file: string,
): ConfigProblem {
  const [start] = error.linePos ?? []
  const message = (error.message.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
  return start === undefined
    ? { file, path: '', message }
    : { file, line: start.line, column: start.col, path: '', message }
}

interface Reading {
  readonly document: Document
  aliases: number
}

function valueOf(node: unknown, reading: Reading): unknown {
  if (node === null || node === undefined) return null
  if (isScalar(node)) return scalarValue(node)
  if (isSeq(node)) return node.items.map((item) => valueOf(item, reading))
  if (isMap(node)) {
    const pairs = node.items.map(
      ({ key, value }) => [keyText(key), valueOf(value, reading)] as const,
    )
    return Object.fromEntries(pairs)
  }
  if (isAlias(node)) {
    reading.aliases += 1
    if (reading.aliases > ALIASES_MAX) return null
    return valueOf(node.resolve(reading.document), reading)
  }
  return null
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function scalarValue(node: Scalar): unknown {
  const text = typeof node.value === 'string' ? node.value : ''
  if (node.type !== 'PLAIN') return text
  if (text === '' || text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  return isCanonicalNumber(text) ? Number(text) : text
}

/** True when writing the number gives the same text again: `1.10`, `0012`, `1e3` and `+1` are text. */
export function isCanonicalNumber(text: string): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return false
  return String(Number(text)) === text
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((one) => keyText(one.key) === String(key))
      if (pair === undefined) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0]
}
