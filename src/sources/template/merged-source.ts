import type { EngineFailure, Place } from './failure.ts'
import { lineCounter, scanTemplate, type Tag } from './scan.ts'

/** A source made of several templates, and where each of its lines comes from. */
export interface MergedSource {
  readonly source: string
  readonly origins: readonly Place[]
}

/** Templates that extend one another are followed no further. */
const PARENTS_MAX = 16

/** One template alone. */
export function wholeSource(key: string, source: string): MergedSource {
  const origins = source.split('\n').map((_, index) => ({ key, line: index + 1 }))
  return { source, origins }
}

/**
 * Puts what a tag stands for in its place: the tag at which an include, an import or `super()`
 * failed.
 *
 * @returns Undefined when it cannot be replaced.
 */
export function mergeAt(
  outer: MergedSource,
  { kind, detail, place }: EngineFailure,
  sourceOf: (key: string) => string | undefined,
): MergedSource | undefined {
  if (place === undefined) return undefined
  if (kind === 'could not render include') {
    const key = /^error in "([^]*)"$/.exec(detail)?.[1] ?? ''
    const source = sourceOf(key)
    // What extends another template cannot stand inside of a third.
    if (source === undefined || parentOf(source) !== undefined) return undefined
    const tag = tagAt(outer.source, place.line, ['include', 'import', 'from'])
    return tag && splice(outer, tag, wholeSource(key, source))
  }
  if (kind !== 'could not render block') return undefined
  const tag = tagAt(outer.source, place.line, ['super'])
  const block = parentBlock(outer, place, sourceOf)
  return tag && block && splice(outer, tag, block)
}

/** The block around a line, as the nearest template that this one extends has it. */
function parentBlock(
  outer: MergedSource,
  { key, line }: Place,
  sourceOf: (key: string) => string | undefined,
): MergedSource | undefined {
  const around = blocksOf(outer.source).find(({ first, last }) => first <= line && line <= last)
  let parent = parentOf(sourceOf(key) ?? '')
  for (let depth = 0; parent !== undefined && depth < PARENTS_MAX; depth += 1) {
    const source = sourceOf(parent) ?? ''
    const block = blocksOf(source).find(({ name }) => name === around?.name)
    if (block !== undefined) {
      const origins = wholeSource(parent, source).origins.slice(block.first - 1, block.last)
      return { source: source.slice(block.start, block.end), origins }
    }
    parent = parentOf(source)
  }
  return undefined
}

/** What a template extends; empty when its name is computed. */
function parentOf(source: string): string | undefined {
  const tag = scanTemplate(source)?.find(({ tokens }) => tokens[0]?.text === 'extends')
  if (tag === undefined) return undefined
  const name = tag.tokens[1]
  return name?.kind === 'string' ? name.text.slice(1, -1) : ''
}

interface Block {
  readonly name: string
  /** Offsets of its content. */
  readonly start: number
  readonly end: number
  /** Lines of its content. */
  readonly first: number
  readonly last: number
}

/** The blocks of a source, inner ones first. */
function blocksOf(source: string): readonly Block[] {
  const lineAt = lineCounter(source)
  const open: { name: string; start: number }[] = []
  const blocks: Block[] = []
  for (const { kind, tokens, start, end } of scanTemplate(source) ?? []) {
    if (kind !== 'statement') continue
    if (tokens[0]?.text === 'block') open.push({ name: tokens[1]?.text ?? '', start: end })
    const block = tokens[0]?.text === 'endblock' ? open.pop() : undefined
    if (block === undefined) continue
    blocks.push({ ...block, end: start, first: lineAt(block.start), last: lineAt(start) })
  }
  return blocks
}

function tagAt(source: string, line: number, words: readonly string[]): Tag | undefined {
  const lineAt = lineCounter(source)
  return scanTemplate(source)?.find(({ start, end, tokens }) => {
    const isThere = lineAt(start) <= line && line <= lineAt(end)
    return isThere && words.includes(tokens[0]?.text ?? '')
  })
}

/** Puts a source in the place of a tag, on lines of its own. */
function splice(outer: MergedSource, tag: Tag, inner: MergedSource): MergedSource {
  const lineAt = lineCounter(outer.source)
  const before = outer.source.slice(0, tag.start)
  const after = outer.source.slice(tag.end)
  return {
    source: `${before}\n${inner.source}\n${after}`,
    origins: [
      ...outer.origins.slice(0, lineAt(tag.start)),
      ...inner.origins,
      ...outer.origins.slice(lineAt(tag.end) - 1),
    ],
  }
}
