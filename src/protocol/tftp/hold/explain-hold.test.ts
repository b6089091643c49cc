import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TftpRequest } from '../server-events.ts'
import { clientProfiles, profileNamed } from './client-profiles.ts'
import { explainHold } from './explain-hold.ts'

function asking(...options: (readonly [string, string])[]): TftpRequest {
  const filename = Uint8Array.of(97)
  return { kind: 'read', filename, mode: 'octet', options: new Map(options) }
}

test('explainHold plays the hold of each candidate in its own rhythm', () => {
  const explained = explainHold(asking(['tsize', '0'], ['blksize', '1468']))
  const plans = new Map(explained.map(({ profile, plan }) => [profile.name, plan]))
  assert.deepEqual(plans.get('u-boot-lwip'), [
    { atMs: 0, what: 'request' },
    { atMs: 1000, what: 'repeat' },
    { atMs: 1000, what: 'recognised' },
    { atMs: 2000, what: 'repeat' },
    { atMs: 3000, what: 'repeat' },
    { atMs: 4000, what: 'repeat' },
    { atMs: 4300, what: 'oack' },
    { atMs: 9000, what: 'late' },
    { atMs: 10_000, what: 'gives-up' },
  ])
  assert.deepEqual(plans.get('edk2-probe')?.slice(-2), [
    { atMs: 22_000, what: 'late' },
    { atMs: 23_000, what: 'gives-up' },
  ])
})

test('explainHold says that OACKs go on for a client that they keep', () => {
  const [ipxe] = explainHold(asking(['blksize', '1432'], ['tsize', '0']))
  assert.deepEqual(
    ipxe?.plan.slice(-4).map(({ what }) => what),
    ['oack', 'oack', 'oack', 'goes-on'],
  )
})

test('explainHold looks only at the profile that was configured', () => {
  const profile = profileNamed('raspberry-pi') ?? assert.fail()
  const explained = explainHold(asking(['tsize', '0']), profile)
  assert.deepEqual(
    explained.map((one) => one.profile.name),
    ['raspberry-pi'],
  )
  assert.deepEqual(explained[0]?.plan.slice(-2), [
    { atMs: 29_000, what: 'late' },
    { atMs: 30_000, what: 'gives-up' },
  ])
})

test('explainHold says what happens to a client that nobody has described', () => {
  const explained = explainHold(asking(['x-vendor', '1']))
  assert.deepEqual(
    explained.map(({ profile }) => profile.name),
    ['unknown'],
  )
  assert.ok(explained[0]?.plan.some(({ atMs, what }) => what === 'late' && atMs === 10_000))
})

test('explainHold comes to an end for every profile, in the order of time', () => {
  for (const profile of clientProfiles) {
    const [explained] = explainHold(asking(['blksize', '512'], ['tsize', '0']), profile)
    const moments = explained?.plan.map(({ atMs }) => atMs) ?? []
    assert.deepEqual(
      moments,
      moments.toSorted((one, other) => one - other),
      profile.name,
    )
    assert.match(explained?.plan.at(-1)?.what ?? '', /^(gives-up|goes-on)$/, profile.name)
  }
})
