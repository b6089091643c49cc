import fresh from 'fresh'
import parseRange from 'range-parser'
import type { AnswerBody } from '../../routing/answer.ts'
import type { Entity } from './entity.ts'

const noBody: AnswerBody = { read: () => Promise.resolve(undefined), cancel: () => {} }

/**
 * Applies the request's conditions and range to a whole answer.
 *
 * A source that already chose a part (206), or that failed, passes untouched.
 *
 * @see RFC 9110 §13.2.2 (order of preconditions), §14.2 (Range)
 */
export function selectRepresentation(request: Request, entity: Entity): Entity {
  if (entity.status !== 200) return entity
  if (failsMatch(request.headers, entity.headers)) return without(entity, 412)
  if (isFresh(request.headers, entity.headers)) return without(entity, 304)
  return selectRange(request.headers, entity)
}

function selectRange(asked: Headers, entity: Entity): Entity {
  const { sizeBytes } = entity
  const header = asked.get('range')
  if (sizeBytes === undefined) return entity
  entity.headers.set('accept-ranges', 'bytes')
  if (header === null || !rangeStillMeant(asked, entity.headers)) return entity
  const ranges = parseRange(sizeBytes, withinSize(header, sizeBytes))
  if (ranges === -1) return unsatisfiable(entity, sizeBytes)
  // Several ranges, or nonsense: the whole is always a right answer.
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return entity
  const range = ranges[0]
  if (range === undefined) return entity
  const { start, end } = range
  const headers = new Headers(entity.headers)
  headers.set('content-range', `bytes ${start}-${end}/${sizeBytes}`)
  headers.set('content-length', String(end - start + 1))
  return {
    status: 206,
    headers,
    body: slice(entity.body, { start, end }),
    sizeBytes: end - start + 1,
  }
}

/**
 * The last 500 bytes of a shorter file are all of it (RFC 9110 §14.1.2); the parser calls them
 * unsatisfiable.
 */
function withinSize(header: string, sizeBytes: number): string {
  const suffixBytes = Number(/^bytes=-(\d+)$/.exec(header)?.[1] ?? 0)
  return suffixBytes > sizeBytes && sizeBytes > 0 ? 'bytes=0-' : header
}

function unsatisfiable(entity: Entity, sizeBytes: number): Entity {
  const refused = without(entity, 416)
  refused.headers.set('content-range', `bytes */${sizeBytes}`)
  return refused
}

/** RFC 9110 §13.1.5: a range of something else than the client holds is not sent as a range. */
function rangeStillMeant(asked: Headers, answered: Headers): boolean {
  const condition = asked.get('if-range')
  if (condition === null) return true
  if (condition.includes('"')) {
    return !condition.startsWith('W/') && condition === answered.get('etag')
  }
  return condition === answered.get('last-modified')
}

function failsMatch(asked: Headers, answered: Headers): boolean {
  const condition = asked.get('if-match')
  if (condition === null || condition.trim() === '*') return false
  const etag = answered.get('etag')
  return etag === null || !condition.split(',').some((one) => one.trim() === etag)
}

function without(entity: Entity, status: number): Entity {
  entity.body.cancel()
  const headers = new Headers(entity.headers)
  for (const name of ['content-length', 'content-type', 'content-range']) headers.delete(name)
  return { status, headers, body: noBody, sizeBytes: 0 }
}

function slice(
  body: AnswerBody,
  range: { readonly start: number; readonly end: number },
): AnswerBody {
  let position = 0
  const read = async (spare?: ArrayBuffer): Promise<Uint8Array | undefined> => {
    while (position <= range.end) {
      const chunk = await body.read(spare)
      if (chunk === undefined) return undefined
      const from = Math.max(0, range.start - position)
      const to = Math.min(chunk.length, range.end + 1 - position)
      position += chunk.length
      if (to > from) return chunk.subarray(from, to)
    }
    body.cancel()
    return undefined
  }
  return { read, cancel: () => body.cancel() }
}

/**
 * Whether the client's copy is still right. Its Cache-Control is meant for caches on the way: here,
 * at the origin, the file was just made (RFC 9110 §13.1.2), and some clients send "no-cache" with
 * every condition.
 */
function isFresh(asked: Headers, answered: Headers): boolean {
  const conditions = Object.fromEntries(asked)
  delete conditions['cache-control']
  return fresh(conditions, Object.fromEntries(answered))
}
