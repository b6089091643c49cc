import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'

import type { Finding } from '../finding.ts'
import { listFiles, readText } from '../source-tree.ts'

/** A document, without what stands in fenced blocks; the count of lines is kept. */
export interface Document {
  readonly file: string
  readonly lines: readonly string[]
}

/** Every Markdown document of the tree. */
export function readDocuments(root: string): Document[] {
  return listFiles(root, (file) => file.endsWith('.md')).map((file) => ({
    file,
    lines: withoutFences(readText(root, file)),
  }))
}

/**
 * Reports documents without exactly one first-level heading, and relative links that lead nowhere.
 */
export function findMarkdownFaults(root: string): Finding[] {
  const documents = readDocuments(root)
  const anchors = new Map(documents.map((document) => [document.file, anchorsOf(document)]))
  return documents.flatMap((document) => [
    ...headingFaults(document),
    ...linksOf(document).flatMap(({ line, target }) => {
      const message = linkFault(root, { from: document.file, target, anchors })
      return message ? [{ file: document.file, line, message }] : []
    }),
  ])
}

function headingFaults({ file, lines }: Document): Finding[] {
  const at = lines.flatMap((line, index) => (line.startsWith('# ') ? [index + 1] : []))
  if (at.length === 1) return []
  const message = `has ${at.length} first-level headings (exactly one is allowed)`
  return [{ file, line: at[1] ?? 1, message }]
}

function linksOf({ lines }: Document): { line: number; target: string }[] {
  const inline = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g
  const definition = /^\[[^\]]+\]:\s+<?(\S+?)>?$/g
  return lines.flatMap((text, index) => {
    const prose = text.replaceAll(/`[^`]*`/g, '')
    const matches = [...prose.matchAll(inline), ...prose.matchAll(definition)]
    return matches.map((match) => ({ line: index + 1, target: match[1] ?? '' }))
  })
}

interface Link {
  readonly from: string
  readonly target: string
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>
}

function linkFault(root: string, { from, target, anchors }: Link): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(path))
  if (!existsSync(join(root, file))) return `links to ${target}, which does not exist`
  const known = anchors.get(file)
  if (anchor === undefined || !known || known.has(anchor)) return undefined
  return `links to ${target}, but ${file} has no such heading`
}

/** The anchors that GitHub gives to headings. */
function anchorsOf({ lines }: Document): ReadonlySet<string> {
  const counts = new Map<string, number>()
  const anchors = lines.flatMap((line) => {
    const heading = line.match(/^#{1,6} +(.*?)#*$/)?.[1]
    if (heading === undefined) return []
    const slug = slugOf(heading)
    const count = counts.get(slug) ?? 0
    counts.set(slug, count + 1)
    return [count === 0 ? slug : `${slug}-${count}`]
  })
  return new Set(anchors)
}

function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

function withoutFences(text: string): string[] {
  let fence: string | undefined
  return text.split('\n').map((line) => {
    const mark = line.match(/^\s*(`{3,}|~{3,})/)?.[1]
    if (fence === undefined && mark === undefined) return line
    if (fence === undefined) fence = mark
    else if (mark?.startsWith(fence)) fence = undefined
    return ''
  })
}
