import type { Finding } from '../finding.ts'
import { findUndocumentedExports } from './docstrings.ts'
import { findUndocumentedFlags } from './flags.ts'
import { findMarkdownFaults } from './markdown.ts'
import { findBadNames } from './names.ts'
import { findUndocumentedOptions } from './options.ts'
import { findUndocumentedRefusals } from './refusals.ts'
import { findOversized } from './sizes.ts'
import { findIdleTests } from './test-files.ts'
import { findBannedWords } from './words.ts'

/** A rule of the house that a program can check. */
export interface TidyRule {
  /** What holds when it passes. */
  readonly claim: string
  /** Every place of the tree under `root` where it does not hold. */
  readonly find: (root: string) => readonly Finding[] | Promise<readonly Finding[]>
}

/** All rules, cheapest first. */
export const tidyRules: readonly TidyRule[] = [
  { claim: 'Files and lines are of a readable size', find: findOversized },
  { claim: 'Files are named for what they hold', find: findBadNames },
  { claim: 'Nothing is promised, nothing private is mentioned', find: findBannedWords },
  { claim: 'Documents have one title and links that lead somewhere', find: findMarkdownFaults },
  { claim: 'Every test file tests, and says why when it does not', find: findIdleTests },
  { claim: 'What the package exports is documented', find: findUndocumentedExports },
  {
    claim: 'Every refusal is in the table of errors as it is answered',
    find: findUndocumentedRefusals,
  },
  { claim: 'Every option is described and documented', find: findUndocumentedOptions },
  { claim: 'Every command and flag is described and documented', find: findUndocumentedFlags },
]
