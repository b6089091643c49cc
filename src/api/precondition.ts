import { ApiProblem } from './api-problem.ts'

/** What a change is made conditional upon. */
export interface Precondition {
  /** True: it is made only if the record is as it is said. */
  readonly isConditional: boolean
  /** The revision that the author saw; undefined where nothing was said of it. */
  readonly seenRevision: number | undefined
}

/** The ETag of a record. */
export function etagOf(revision: number): string {
  return `"${revision}"`
}

/** Whether who asks has the record already. @see RFC 9110 §13.1.2 */
export function isKnown(header: string | undefined, revision: number): boolean {
  return header !== undefined && tagsOf(header).some((tag) => tag === '*' || isTag(tag, revision))
}

/**
 * Checks a change against what is there.
 *
 * @param stored.revision - Of the record; undefined: there is none.
 * @param stored.latest - Of the inventory.
 * @throws {ApiProblem} 412. @see RFC 9110 §13.1
 */
export function checkPrecondition(
  headers: { readonly ifMatch: string | undefined; readonly ifNoneMatch: string | undefined },
  stored: { readonly what: string; readonly revision: number | undefined; readonly latest: number },
): Precondition {
  const { ifMatch, ifNoneMatch } = headers
  const { what, revision, latest } = stored
  if (ifNoneMatch !== undefined && revision !== undefined && isKnown(ifNoneMatch, revision)) {
    throw failed(`${what} exists since revision ${revision}`)
  }
  if (ifMatch === undefined) {
    const isNew = ifNoneMatch !== undefined && revision === undefined
    return { isConditional: isNew, seenRevision: isNew ? latest : undefined }
  }
  if (revision === undefined) throw failed(`${what} is not there`)
  const matches = tagsOf(ifMatch).some((tag) => tag === '*' || isTag(tag, revision))
  if (!matches) throw failed(`${what} is at revision ${revision}, not ${ifMatch}`)
  return { isConditional: true, seenRevision: revision }
}

function failed(found: string): ApiProblem {
  return new ApiProblem(412, 'PRECONDITION_FAILED', `Cannot save: ${found}`)
}

function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim())
}

/** A proxy that compresses may have made it weak; the record is the same. */
function isTag(tag: string, revision: number): boolean {
  return tag.replace(/^W\//, '') === etagOf(revision)
}
