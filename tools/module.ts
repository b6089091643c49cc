import { type Comment, parseSync, type Program } from 'oxc-parser'

import { readText } from './source-tree.ts'

/** A TypeScript file, parsed. */
export interface Module {
  /** Relative to the root of the tree. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
}

/**
 * Parses a file of the tree.
 *
 * @throws {SyntaxError} When it does not parse: a check that saw half of a file would pass in
 *   silence.
 */
export function readModule(root: string, file: string): Module {
  const text = readText(root, file)
  const { program, comments, errors } = parseSync(file, text)
  const [error] = errors
  if (error) {
    const line = lineAt(text, error.labels[0]?.start ?? 0)
    throw new SyntaxError(`${file}:${line} ${error.message}`)
  }
  return { file, text, program, comments }
}

/** The line, from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1
  }
  return line
}
