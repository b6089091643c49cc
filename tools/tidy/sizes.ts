import type { Finding } from '../finding.ts'
import { isTestFile, isTypeScript, listFiles, readText } from '../source-tree.ts'

const linesMax = 400
const testLinesMax = 600
const columnsMax = 100

/** Reports TypeScript files over 400 lines (tests: 600) and lines over 100 columns. */
export function findOversized(root: string): Finding[] {
  return listFiles(root, isTypeScript).flatMap((file) => {
    const lines = readText(root, file).replace(/\n$/, '').split('\n')
    return [...tooLong(file, lines.length), ...tooWide(file, lines)]
  })
}

function tooLong(file: string, count: number): Finding[] {
  const max = isTestFile(file) ? testLinesMax : linesMax
  if (count <= max) return []
  return [{ file, line: max + 1, message: `has ${count} lines (at most ${max})` }]
}

function tooWide(file: string, lines: readonly string[]): Finding[] {
  return lines.flatMap((text, index) => {
    const columns = breakable(text).length
    if (columns <= columnsMax) return []
    const message = `is ${columns} columns wide (at most ${columnsMax}; strings and URLs do not count)`
    return [{ file, line: index + 1, message }]
  })
}

/** What of a line could be broken: no formatter breaks a string or a URL. */
function breakable(line: string): string {
  const isComment = /^\s*(\/\/|\/?\*)/.test(line)
  if (isComment) return line.replaceAll(/https?:\/\/\S+/g, '')
  return line.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '')
}
