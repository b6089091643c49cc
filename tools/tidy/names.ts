import { basename } from 'node:path/posix'

import type { Finding } from '../finding.ts'
import { isTypeScript, listFiles } from '../source-tree.ts'

/** Words that say nothing of what is inside. */
const emptyWords = new Set(
  'util utils helper helpers common manager service services misc shared lib'.split(' '),
)

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/

/** Reports TypeScript files that are not in kebab-case or whose path says nothing. */
export function findBadNames(root: string): Finding[] {
  const files = listFiles(root, (file) => isTypeScript(file))
  return files.flatMap((file) => {
    const messages: string[] = []
    if (!kebabCase.test(basename(file))) messages.push('is not named in kebab-case')
    const empty = file.split(/[/.-]/).find((word) => emptyWords.has(word))
    if (empty) messages.push(`is named "${empty}", which does not say what it is for`)
    return messages.map((message) => ({ file, line: 1, message }))
  })
}
