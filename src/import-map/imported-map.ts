import type { z } from 'zod'
import type { rewriteOptions } from '../sources/rewrite/options.ts'

/** A rule of `rewrite` as it is written in a configuration. */
export type RuleInput = z.input<typeof rewriteOptions>['rules'][number]

/** What was read of another server's configuration: what Trivet needs to do the same. */
export interface ImportedMap {
  /** Keys of the site besides its routes. */
  readonly site: Readonly<Record<string, unknown>>
  readonly routes: readonly ImportedRoute[]
  readonly notices: readonly Notice[]
}

/** A route as it is written in a configuration, and a comment for it. */
export interface ImportedRoute {
  readonly comment?: string
  /** Keys before the rules; the source as well, where it is not `rewrite`. */
  readonly keys: Readonly<Record<string, unknown>>
  /** Where the source is `rewrite`. */
  readonly rules?: readonly ImportedRule[]
}

/** A rule, and the line that it is from. */
export interface ImportedRule {
  readonly comment: string
  readonly rule: RuleInput
}

/** What should be known of a line. */
export interface Notice {
  /** From 1. */
  readonly line: number
  readonly message: string
  /** True when what the line says is not in the result. */
  readonly isLost: boolean
}

/** What the file does not tell. */
export interface ImportOptions {
  /** Folder of the files, as the other server has it. */
  readonly root: string
  /** True where names are paths of the whole file system, below `root`. */
  readonly hasAbsoluteNames: boolean
  /** True when devices may write. */
  readonly takesUploads: boolean
}

/** `line 3: rg \\ /`, as a comment: of one line, with single spaces. */
export function lineComment(line: number, text: string): string {
  const printable = text.replaceAll(/\p{Cc}/gu, ' ')
  return `line ${line}: ${printable.trim().replaceAll(/ {2,}/g, ' ')}`
}

/** What is wrong with an expression or a replacement; other errors are faults of ours. */
export function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message
  throw error
}

/** @throws {SyntaxError} Saying why JavaScript takes an expression for none, in half a sentence. */
export function assertExpression(source: string): void {
  try {
    void new RegExp(source, 's')
  } catch (error) {
    const reason = reasonOf(error).replace(/^.*\/s: /s, '')
    throw new SyntaxError(`expected a regular expression: ${reason}`, { cause: error })
  }
}
