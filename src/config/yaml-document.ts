import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { ConfigError, formatPath } from './problems.ts'
import { syntaxProblems } from '../yaml/yaml-syntax.ts'
import { startOf, YamlValues } from '../yaml/yaml-values.ts'

/** Where something stands, from 1. */
export interface YamlPlace {
  readonly line: number
  readonly column: number
}

/** A parsed YAML file: its value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown
  /** Line and column of the deepest part of a path that is there. */
  locate(path: readonly PropertyKey[]): YamlPlace
}

/**
 * Parses YAML so that identifiers stay what was written.
 *
 * Plain `true`, `false`, `null` and canonical decimal numbers are typed; everything else is text. A
 * bare MAC, a serial number with leading zeros and version 1.10 would become other numbers in
 * YAML's own reading. Aliases share the value of their anchor; merge keys, tags and a second
 * document are refused.
 *
 * @throws {ConfigError} With every syntax error and its line.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    // Found while reading instead: there the path and the first place are known.
    uniqueKeys: false,
  })
  if (document.errors.length > 0) {
    const found = syntaxProblems(document, text)
    throw new ConfigError(found.map((problem) => ({ ...problem, file, path: '' })))
  }
  const placeOf = (offset: number): YamlPlace => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const values = new YamlValues((offset) => placeOf(offset).line)
  const value = values.read(document.contents)
  const problems = values.problems.map(({ offset, path, message }) => {
    return { file, ...placeOf(offset), path: formatPath(path), message }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return { value, locate: (path) => placeOf(offsetOf(document, path)) }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((one) => isScalar(one.key) && one.key.value === String(key))
      if (pair === undefined) break
      offset = startOf(pair.key)
      node = pair.value
    } else if (isSeq(node) && node.items[Number(key)] !== undefined) {
      node = node.items[Number(key)]
      offset = startOf(node)
    } else break
  }
  return offset
}
