import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../base/refusal.ts'
import { readableValues } from '../sources/template/readable-values.ts'
import { secretNames, substituteSecrets } from './secret-values.ts'

const values = {
  sip: { user: '4007', password: { $secret: 'sip' } },
  lines: [{ $secret: 'one' }, 'two', { pin: { $secret: 'sip' } }],
}

test('secretNames names each secret once, however deep', () => {
  assert.deepEqual(secretNames(values), ['sip', 'one'])
  assert.deepEqual(secretNames({ a: { b: ['c'] } }), [])
})

test('substituteSecrets puts a text in the place of each', () => {
  assert.deepEqual(
    substituteSecrets(values, (name) => `<${name}>`),
    { sip: { user: '4007', password: '<sip>' }, lines: ['<one>', 'two', { pin: '<sip>' }] },
  )
})

test('substituteSecrets refuses each look at what is withheld, and templates do without', () => {
  const closed = substituteSecrets(values, () => new Refusal('ACCESS_DENIED', 'withheld'))
  const isDenied = (error: unknown): boolean =>
    error instanceof Refusal && error.code === 'ACCESS_DENIED'
  assert.throws(() => JSON.stringify(closed), isDenied)
  assert.throws(() => (closed['lines'] as unknown[])[0], isDenied)
  assert.equal((closed['sip'] as { user: string }).user, '4007')
  assert.deepEqual(readableValues(closed), { sip: { user: '4007' }, lines: ['two', {}] })
})
