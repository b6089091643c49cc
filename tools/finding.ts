/** One thing that a check found wrong, and where. */
export interface Finding {
  /** Relative to the root of the tree, with slashes. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** What is wrong and what is allowed, in half a sentence. */
  readonly message: string
}

/** `src/base/x.ts:3 base may not import routing`: editors and terminals jump to it. */
export function formatFinding({ file, line, message }: Finding): string {
  return `${file}:${line} ${message}`
}
