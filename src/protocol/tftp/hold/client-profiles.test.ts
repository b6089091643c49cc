import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientProfiles, profileNamed } from './client-profiles.ts'

test('profileNamed finds every profile, and nobody else', () => {
  for (const profile of clientProfiles) assert.equal(profileNamed(profile.name), profile)
  assert.equal(profileNamed('constructor'), undefined)
})

test('clientProfiles have names and titles of their own', () => {
  const count = clientProfiles.length
  assert.equal(new Set(clientProfiles.map(({ name }) => name)).size, count)
  assert.equal(new Set(clientProfiles.map(({ title }) => title)).size, count)
  for (const { name } of clientProfiles) assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
})

test('clientProfiles have a hold OACK only for clients that survive it and gain by it', () => {
  for (const profile of clientProfiles) {
    const { name, holdOackMs, silenceMsMax, oackMsMax, repeatedOack, tsize } = profile
    if (holdOackMs === undefined) continue
    assert.ok(profile.isErrorHeardAfterOack, name)
    assert.ok(!['aborts', 'unknown'].includes(repeatedOack), name)
    const gains = repeatedOack === 'keeps' || (oackMsMax ?? 0) > silenceMsMax
    // The probe ends at the OACK and starts again with patience of its own.
    assert.ok(gains || (repeatedOack === 'not-possible' && tsize === 'needed'), name)
  }
})

test('clientProfiles leave time for a request and another OACK if the first one is lost', () => {
  for (const { name, holdOackMs, rhythm, silenceMsMax } of clientProfiles) {
    if (holdOackMs === undefined) continue
    assert.notEqual(rhythm.kind, 'never', name)
    if (rhythm.kind === 'unknown' || rhythm.kind === 'never') continue
    const lastMs =
      rhythm.kind === 'moments'
        ? (rhythm.repeatsMs.at(-1) ?? 0)
        : (rhythm.firstMsMin ?? rhythm.periodMsMin) +
          (Math.min(rhythm.repeatsMax, Math.ceil(silenceMsMax / rhythm.periodMsMin) - 1) - 1) *
            rhythm.periodMsMin
    assert.ok(holdOackMs < lastMs, `${name}: its last request leaves at ${lastMs} ms`)
    assert.ok(holdOackMs + 1000 < silenceMsMax, name)
  }
})

test('clientProfiles repeat themselves before they give up, in ascending order', () => {
  for (const { name, rhythm, silenceMsMax } of clientProfiles) {
    if (rhythm.kind !== 'moments') continue
    for (const [index, atMs] of rhythm.repeatsMs.entries()) {
      assert.ok(atMs > (rhythm.repeatsMs[index - 1] ?? 0) && atMs < silenceMsMax, name)
    }
  }
})
