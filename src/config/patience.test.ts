import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPatience, patienceOf } from './patience.ts'
import { routeSchema } from './schema.ts'

const parsed = (written: object) => routeSchema.parse({ match: '/a', cgi: 'x', ...written })
const problems = (written: object): string[] =>
  checkPatience(parsed(written), ['routes', 2]).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

test('patienceOf takes what is written, header names in lower case', () => {
  const written = {
    share: 'all',
    varies: ['Accept-Language', 'x-model'],
    keepLateMs: 60_000,
    whenLate: 'fallback',
    fallback: '/defaults/phone.cfg',
    generatorsMax: 4,
    profile: 'busybox',
  }
  assert.deepEqual(patienceOf(parsed(written)), {
    ...written,
    varies: ['accept-language', 'x-model'],
  })
})

test('checkPatience knows the client profiles', () => {
  assert.deepEqual(problems({ profile: 'grub' }), [])
  const [problem = ''] = problems({ profile: 'grubb' })
  assert.match(problem, /^routes\.2\.profile: no client profile "grubb": did you mean "grub"\?/)
})

test('checkPatience wants a fallback where there is to be one, and only there', () => {
  assert.deepEqual(problems({ whenLate: 'stale' }), [])
  assert.deepEqual(problems({ whenLate: 'fallback', fallback: '/x' }), [])
  assert.deepEqual(problems({ whenLate: 'fallback' }), [
    'routes.2.whenLate: found "fallback", but no `fallback`: the path of the file that is sent instead',
  ])
  assert.deepEqual(problems({ fallback: '/x' }), [
    'routes.2.fallback: is never used: `whenLate` is "silence"; allowed: fallback',
  ])
})
