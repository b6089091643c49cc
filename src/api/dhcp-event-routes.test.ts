import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administered } from '../testing/administered.ts'
import type { ReportedLease } from './admin-parts.ts'

const good = { ip: '10.0.0.7', mac: '00-11-22-33-44-55', seconds: 60 }

test('POST dhcp-events passes on what a DHCP server tells', async () => {
  const leased: ReportedLease[] = []
  await using admin = await administered({
    leased: async (lease) => void leased.push(lease),
    now: () => 1_000_000,
  })
  for (const json of [
    { ...good, hostname: 'desk-7' },
    { ...good, seconds: 0 },
  ]) {
    assert.equal((await admin.ask('POST', 'dhcp-events', { json })).status, 204)
  }
  const { ip, mac } = good
  assert.deepEqual(leased, [
    { ip, mac, hostname: 'desk-7', expiresAt: 1_060_000 },
    { ip, mac, expiresAt: 0 },
  ])
  assert.ok(admin.covered.has('POST /api/v1/dhcp-events'))
})

const wrong = {
  'an address': [{ ip: '10.0.0' }, '/ip'],
  'a MAC': [{ mac: '00:11:22' }, '/mac'],
  'a host name': [{ hostname: 'x'.repeat(256) }, '/hostname'],
  'a time that has passed': [{ seconds: -1 }, '/seconds'],
  'a time over 32 bits': [{ seconds: 2 ** 32 }, '/seconds'],
  'a key that is not known': [{ vlan: 7 }, ''],
} as const

for (const [what, [change, path]] of Object.entries(wrong)) {
  test(`POST dhcp-events says what is wrong with ${what}`, async () => {
    await using admin = await administered({ leased: () => assert.fail('it was passed on') })
    const response = await admin.ask('POST', 'dhcp-events', { json: { ...good, ...change } })
    const { problems } = (await response.json()) as { problems: { path: string }[] }
    assert.deepEqual([response.status, problems.map((one) => one.path)], [422, [path]])
  })
}

test('POST dhcp-events is for an editor', async () => {
  await using admin = await administered()
  const tokens = [await admin.token('viewer'), await admin.token('editor')]
  for (const [index, status] of [403, 204].entries()) {
    const authorization = `Bearer ${tokens[index]}`
    const response = await admin.ask('POST', 'dhcp-events', {
      json: good,
      headers: { authorization },
      entrance: { kind: 'tcp', peerAddress: '127.0.0.1', hostNames: new Set() },
    })
    assert.equal(response.status, status)
  }
})
