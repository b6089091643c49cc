import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTokenLabel, matchingToken, newAccessToken } from './access-token.ts'

const made = { label: 'x', role: 'viewer' } as const

test('newAccessToken makes another each time, and keeps no part of it', () => {
  const one = newAccessToken(made, 5)
  const other = newAccessToken(made, 5)
  assert.match(one.token, /^trivet_[\w-]{43}$/)
  assert.notEqual(one.token, other.token)
  assert.notEqual(one.stored.id, other.stored.id)
  assert.doesNotMatch(JSON.stringify(one.stored), new RegExp(one.token.slice('trivet_'.length)))
})

test('matchingToken finds the one that was shown, and no other', () => {
  const one = newAccessToken(made, 5)
  const other = newAccessToken(made, 5)
  const damaged = { ...one.stored, hash: 'x' }
  const known = [one.stored, damaged, other.stored]
  assert.equal(matchingToken(other.token, known), other.stored)
  assert.equal(matchingToken(`${other.token} `, known), undefined)
  assert.equal(matchingToken(one.token, [damaged]), undefined)
  assert.equal(matchingToken(one.stored.hash, known), undefined)
})

test('isTokenLabel takes what people can read in one line', () => {
  for (const label of ["Anna's laptop", 'grafana', 'Zürich 2']) assert.ok(isTokenLabel(label))
  for (const label of ['', ' x', 'a\nb', 'a\u202eb', 'x'.repeat(65)]) {
    assert.equal(isTokenLabel(label), false, JSON.stringify(label))
  }
})
