import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siteMessages } from '../testing/site-messages.ts'
import { identityFromInput } from './identity-from-input.ts'

test('identityFromInput tells the format by the name of a lease file', () => {
  const leases = [
    '/var/lib/dhcp/dhcpd.leases',
    '/var/lib/dhcp/dhcpd6.leases',
    '/var/lib/kea/kea-leases6.csv',
    '/var/lib/misc/dnsmasq.leases',
    'leases/dnsmasq-office',
    { file: 'leases/old', format: 'dhcpd' },
  ]
  const { identity, problems } = identityFromInput({ leases }, '/site')
  assert.deepEqual(problems, [])
  assert.deepEqual(identity?.leases, [
    { file: '/var/lib/dhcp/dhcpd.leases', format: 'dhcpd' },
    { file: '/var/lib/dhcp/dhcpd6.leases', format: 'dhcpd' },
    { file: '/var/lib/kea/kea-leases6.csv', format: 'kea' },
    { file: '/var/lib/misc/dnsmasq.leases', format: 'dnsmasq' },
    { file: '/site/leases/dnsmasq-office', format: 'dnsmasq' },
    { file: '/site/leases/old', format: 'dhcpd' },
  ])
})

test('identityFromInput uses everything, the name that is asked first, unless told otherwise', () => {
  const { identity } = identityFromInput(undefined, '/site')
  assert.equal(identity?.order[0], 'path')
  assert.equal(identity?.order.length, 8)
  const { identity: chosen } = identityFromInput({ order: ['lease'] }, '/site')
  assert.deepEqual(chosen, { order: ['lease'], leases: [] })
})

test('a configuration says which lease file and which finder is wrong', async () => {
  const said = await siteMessages({
    'trivet.yaml': [
      'identity:',
      '  order: [lease, lease]',
      'routes:',
      '  - { match: /a, static: . }',
      '',
    ].join('\n'),
  })
  assert.match(said.join('\n'), /identity\.order: .*each may be there once/)
  const others = await siteMessages({
    'trivet.yaml': 'identity: { leases: [leases.txt] }\nroutes:\n  - { match: /a, static: . }\n',
  })
  assert.match(others.join('\n'), /identity\.leases\[0\]: found "leases\.txt", whose name/)
})
