import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../base/refusal.ts'
import { firstMatch } from './first-match.ts'
import { compilePattern } from './pattern.ts'
import type { Route } from './route.ts'
import type { Candidate } from './router.ts'
import { DECLINE_HEADER, declineResponse } from './source.ts'

/** Candidates that answer in turn, and the names of those that were asked. */
function candidates(sources: readonly (() => Response | Promise<Response>)[]): {
  readonly list: readonly Candidate[]
  readonly asked: string[]
  readonly call: (route: Route, params: Candidate['params']) => Promise<Response>
} {
  const asked: string[] = []
  const list = sources.map((source, index): Candidate => {
    const route: Route = {
      name: `route ${index}`,
      pattern: compilePattern('/'),
      methods: new Set(['GET']),
      fronts: new Set(['tftp']),
      source,
      isTriable: false,
      audience: undefined,
      patience: undefined,
      sourceName: 'test',
      origin: 'test',
      deadlineMs: 1000,
      uploadBytesMax: 0,
    }
    return { route, params: { index: String(index) } }
  })
  const call = async (_route: Route, params: Candidate['params']): Promise<Response> => {
    const index = Number(params['index'])
    asked.push(`route ${index}`)
    return (await sources[index]?.()) ?? assert.fail('no such source')
  }
  return { list, asked, call }
}

test('firstMatch goes on while sources decline, and gives the route that answered', async () => {
  const { list, asked, call } = candidates([
    declineResponse,
    declineResponse,
    () => new Response('third'),
    () => new Response('fourth'),
  ])
  const match = await firstMatch(list, call)
  assert.equal(await match?.response.text(), 'third')
  assert.deepEqual([match?.route.name, match?.params], ['route 2', { index: '2' }])
  assert.deepEqual(asked, ['route 0', 'route 1', 'route 2'])
})

test('firstMatch gives nothing when all decline, or there is none', async () => {
  const { list, asked, call } = candidates([declineResponse, declineResponse])
  assert.equal(await firstMatch(list, call), undefined)
  assert.equal(asked.length, 2)
  assert.equal(await firstMatch([], call), undefined)
})

test('firstMatch ends at an error status: the next route has a more general name', async () => {
  for (const status of [404, 403, 500, 503]) {
    const { list, asked, call } = candidates([
      () => new Response(null, { status }),
      () => new Response('general'),
    ])
    const match = await firstMatch(list, call)
    assert.equal(match?.response.status, status)
    assert.deepEqual(asked, ['route 0'])
  }
})

test('firstMatch ends where a source throws', async () => {
  const failure = new Refusal('GENERATOR_FAILED', 'broken')
  const { list, asked, call } = candidates([
    declineResponse,
    () => Promise.reject(failure),
    () => new Response('general'),
  ])
  await assert.rejects(firstMatch(list, call), failure)
  assert.deepEqual(asked, ['route 0', 'route 1'])
})

test('firstMatch releases the body of a response that declines', async () => {
  let isCancelled = false
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) })
  const { list, call } = candidates([
    () => new Response(body, { headers: { [DECLINE_HEADER]: '1' } }),
    () => new Response('next'),
  ])
  const match = await firstMatch(list, call)
  assert.equal(await match?.response.text(), 'next')
  assert.ok(isCancelled)
})
