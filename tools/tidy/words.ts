import type { Finding } from '../finding.ts'
import { listFiles, readText } from '../source-tree.ts'

/** Spelled with a gap, so that this file passes its own rule. */
const gap = ' '
const closed = (words: readonly string[]) => words.map((word) => word.replace(gap, ''))

/** Words that announce work instead of doing it. */
const promises = new RegExp(`\\b(${closed(['TO DO', 'FIX ME', 'XX X']).join('|')})\\b`)

/** Places and papers that no reader of the repository can open. */
const unreachable = closed([
  '/wo rk/',
  '/tmp/br ief',
  'design .md',
  'house .md',
  'peers .md',
  'real-clients .md',
  'devices-and-clients .md',
  'shared/ reference',
  'shared/ captures',
  'shared/ bench',
  'farm- bench',
  'farm- studio',
  'registry. npmjs',
])

/**
 * Reports promises of later work and mentions of what readers cannot see, in every text of the
 * tree.
 */
export function findBannedWords(root: string): Finding[] {
  const files = listFiles(root, (file) => file !== 'package-lock.json')
  return files.flatMap((file) => {
    const text = readText(root, file)
    return text.includes('\0') ? [] : bannedIn(file, text)
  })
}

function bannedIn(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const found = line.match(promises)?.[0] ?? unreachable.find((word) => line.includes(word))
    return found ? [{ file, line: index + 1, message: `mentions "${found}"` }] : []
  })
}
