import type { Document, YAMLParseError } from 'yaml'

/** What cannot be read as YAML, and where. Line and column count from 1. */
export interface YamlSyntaxProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Of errors on one line only the first: the others come of it. */
export function syntaxProblems(
  document: Pick<Document, 'errors'>,
  text: string,
): YamlSyntaxProblem[] {
  const problems = new Map<number, YamlSyntaxProblem>()
  for (const error of document.errors) {
    const { line, col: column } = error.linePos?.[0] ?? { line: 1, col: 1 }
    const message = syntaxMessage(error, text)
    if (!problems.has(line)) problems.set(line, { line, column, message })
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
