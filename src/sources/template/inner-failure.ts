import type { OwnFailure, RunFailure } from './environment.ts'
import { type EngineFailure, type Place, parseFailure } from './failure.ts'
import { type MergedSource, mergeAt, wholeSource } from './merged-source.ts'

/** Includes in includes that are followed. */
const DEPTH_MAX = 16

/** How to look for a failure inside of included templates. */
export interface InnerFailureParts {
  /** A template as the engine has it. */
  sourceOf(key: string): string | undefined
  /** Renders again, with another source for one template, which the engine keeps. */
  runWith(key: string, source: string): string | RunFailure
  /** Gives a template its own source back. */
  restore(key: string): void
}

/** A failure with its place traced to a template. */
export type TracedFailure =
  | { readonly kind: 'own'; readonly own: OwnFailure; readonly place: Place | undefined }
  | { readonly kind: 'engine'; readonly engine: EngineFailure }
  | { readonly kind: 'crash'; readonly message: string }

/**
 * Finds what failed inside of an included template, an imported one, or a block called by
 * `super()`.
 *
 * The engine says only where the tag is that led there. So the tag is replaced with what it stands
 * for and the template is rendered again, until the failure is no longer further inside; lines are
 * traced back to their templates.
 *
 * @returns The innermost failure that could be found; the failure itself when it is not further
 *   inside.
 */
export function findInnerFailure(failure: RunFailure, parts: InnerFailureParts): TracedFailure {
  const merged = new Map<string, MergedSource>()
  let found = trace(failure, merged)
  let next: RunFailure | undefined = failure
  try {
    for (let depth = 0; next?.kind === 'engine' && depth < DEPTH_MAX; depth += 1) {
      next = runMerged(parseFailure(next.message), merged, parts)
      if (next !== undefined) found = trace(next, merged)
    }
    return found
  } finally {
    for (const key of merged.keys()) parts.restore(key)
  }
}

/** Replaces the tag that failed and renders again; undefined when that says nothing new. */
function runMerged(
  failure: EngineFailure,
  merged: Map<string, MergedSource>,
  parts: InnerFailureParts,
): RunFailure | undefined {
  const { place } = failure
  if (place === undefined) return undefined
  const outer = merged.get(place.key) ?? wholeSource(place.key, parts.sourceOf(place.key) ?? '')
  const next = mergeAt(outer, failure, (key) => parts.sourceOf(key))
  if (next === undefined) return undefined
  merged.set(place.key, next)
  const outcome = parts.runWith(place.key, next.source)
  if (typeof outcome === 'string' || outcome.kind === 'crash') return undefined
  // What cannot be merged after all: two blocks of one name, say.
  const isMisfit = outcome.message.startsWith('syntax error') || !isTraceable(outcome, merged)
  return isMisfit ? undefined : outcome
}

function isTraceable(failure: RunFailure, merged: ReadonlyMap<string, MergedSource>): boolean {
  const { place } = parseFailure(failure.message)
  if (place === undefined) return false
  const source = merged.get(place.key)
  return source === undefined || source.origins[place.line - 1] !== undefined
}

function trace(failure: RunFailure, merged: ReadonlyMap<string, MergedSource>): TracedFailure {
  if (failure.kind === 'crash') return failure
  const engine = parseFailure(failure.message)
  const origins = engine.place && merged.get(engine.place.key)?.origins
  const place = origins === undefined ? engine.place : origins[(engine.place?.line ?? 0) - 1]
  if (failure.kind === 'own') return { kind: 'own', own: failure.own, place }
  return { kind: 'engine', engine: { ...engine, place } }
}
