import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLParseError,
} from 'yaml'
import { ConfigError, type ConfigProblem, formatPath } from './problems.ts'
import { startOf, YamlValues } from './yaml-values.ts'

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
  if (document.errors.length > 0) throw new ConfigError(syntaxProblems(document, text, file))
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

/** Of errors on one line only the first: the others come of it. */
function syntaxProblems(document: Document, text: string, file: string): ConfigProblem[] {
  const problems = new Map<number, ConfigProblem>()
  for (const error of document.errors) {
    const { line, col: column } = error.linePos?.[0] ?? { line: 1, col: 1 }
    const message = syntaxMessage(error, text)
    if (!problems.has(line)) problems.set(line, { file, line, column, path: '', message })
  }
  return [...problems.values()]
}

function syntaxMessage(error: YAMLParseError, text: string): string {
  if (error.message.startsWith('Maximum call stack')) return 'lists and maps are nested too deeply'
  const rest = text.slice(error.pos[0]).split('\n', 1)[0] ?? ''
  const found = JSON.stringify(rest.length > 30 ? `${rest.slice(0, 30)}…` : rest)
  const [said = ''] = error.message.replace(/ at line \d+, column \d+:?\n?/, '\n').split('\n', 1)
  return syntaxMessages[error.code]?.(found, said) ?? `cannot be read as YAML: ${said}`
}

type SyntaxMessage = (found: string, said: string) => string | undefined

/** What the parser says is meant for programmers; these are the mistakes that people make. */
const syntaxMessages: Readonly<Record<string, SyntaxMessage>> = {
  UNEXPECTED_TOKEN: (found) =>
    `found ${found}, expected the value to end before it: put it in quotes if it is one text`,
  BAD_SCALAR_START: (found) => `found ${found}: a value that begins so needs quotes`,
  BLOCK_AS_IMPLICIT_KEY: (found) =>
    `found ${found}, expected one value: put it in quotes if ": " belongs to it`,
  // The same code stands for a list or map in brackets that does not end.
  BAD_INDENT: (found, said) =>
    said.startsWith('All ')
      ? `found ${found}, which stands neither below nor beside the line above it`
      : undefined,
  TAB_AS_INDENT: () => 'found a tab as indentation, expected spaces',
  MULTIPLE_DOCS: () => 'found a second document, expected one in a file',
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
