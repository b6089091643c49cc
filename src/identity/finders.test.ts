import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findInAgent } from './agent-finder.ts'
import { findInCertificate } from './certificate-finder.ts'
import { DhcpEvents } from './dhcp-events.ts'
import type { Asked } from './finding.ts'
import { findInHeaders } from './header-finder.ts'
import { parseArpTable, parseNeighbourList } from './neighbour-table.ts'
import { findInPath } from './path-finder.ts'

function asked(headers: Record<string, string>, rest: Partial<Asked> = {}): Asked {
  return { clientAddress: '10.0.0.5', headers: new Headers(headers), params: {}, ...rest }
}

/** A User-Agent, and what it tells: vendor, model, firmware, and MAC or serial number. */
const agents: readonly (readonly [string, string, string, string, string?])[] = [
  [
    'Aastra6731i MAC:00-08-5D-23-74-29 V:3.2.0.70-SIP',
    'Mitel',
    '6731i',
    '3.2.0.70',
    '00:08:5d:23:74:29',
  ],
  [
    'Mitel6940 MAC:14-00-E9-1B-45-24 V:6.4.0.140-SIP',
    'Mitel',
    '6940',
    '6.4.0.140',
    '14:00:e9:1b:45:24',
  ],
  [
    'ALE M3-CE 2.11.01.1604 3c28a620089e',
    'Alcatel-Lucent',
    'M3-CE',
    '2.11.01.1604',
    '3c:28:a6:20:08:9e',
  ],
  [
    'AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)',
    'AudioCodes',
    '440HDG-Rev0',
    '2.2.8.61',
    '00:90:8f:60:2a:ac',
  ],
  [
    'Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J179-4.1.3.0.6 (MAC:c81fea83e85a)',
    'Avaya',
    'J179',
    '4.1.3.0.6',
    'c8:1f:ea:83:e8:5a',
  ],
  [
    'Cisco-CP-7832-3PCC/11.0.1 (00562b043615)',
    'Cisco',
    'CP-7832-3PCC',
    '11.0.1',
    '00:56:2b:04:36:15',
  ],
  [
    'Cisco/SPA508G-7.4.8a (0002FDFF2103)(CBT141400UK)',
    'Cisco',
    'SPA508G',
    '7.4.8a',
    '00:02:fd:ff:21:03',
  ],
  ['Cisco/SPA525G-7.4.4 (CBT141900G7)', 'Cisco', 'SPA525G', '7.4.4', 'CBT141900G7'],
  ['Linksys/SPA-962-6.1.5(a) (4MM00F903042)', 'Linksys', 'SPA-962', '6.1.5(a)', '4MM00F903042'],
  ['Fanvil X6U Pro 0.0.10 0c383e2cd782', 'Fanvil', 'X6U Pro', '0.0.10', '0c:38:3e:2c:d7:82'],
  [
    'Flyingvoice FIP13G V0.6.24 00:21:F2:22:AE:F1',
    'Flyingvoice',
    'FIP13G',
    '0.6.24',
    '00:21:f2:22:ae:f1',
  ],
  [
    'Gigaset N720 DM PRO/70.089.00.000.000;7C2F80CA21E4',
    'Gigaset',
    'N720 DM PRO',
    '70.089.00.000.000',
    '7c:2f:80:ca:21:e4',
  ],
  ['N510 IP PRO/42.258.00.000.000', 'Gigaset', 'N510 IP PRO', '42.258.00.000.000'],
  [
    'Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10',
    'Grandstream',
    'HT801',
    '1.0.17.5',
    'c0:74:ad:27:3a:10',
  ],
  [
    'Grandstream Model HW GXP2135 SW 1.0.7.97 DevId 000b82a1b2c3',
    'Grandstream',
    'GXP2135',
    '1.0.7.97',
    '00:0b:82:a1:b2:c3',
  ],
  ['Htek UC903 2.0.4.2 00:1f:c1:1c:22:a9', 'Htek', 'UC903', '2.0.4.2', '00:1f:c1:1c:22:a9'],
  [
    'Panasonic_KX-UT113/01.133 (0080f0c8c381)',
    'Panasonic',
    'KX-UT113',
    '01.133',
    '00:80:f0:c8:c3:81',
  ],
  [
    'SmartNode (Model:SN4112/JS/EUI; Serial:00A0BA08933C; Software Version:R6.2 2012-09-11 H323 SIP FXS FXO; Hardware Version:4.4)',
    'Patton',
    'SN4112',
    '6.2',
    '00:a0:ba:08:93:3c',
  ],
  [
    'FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application',
    'Poly',
    'VVX_400',
    '4.1.4.7430',
  ],
  [
    'FileTransport PolyCCX-CCX_500-UA/9.4.1.0508 (SN:64167f9f4c90) Type/Application',
    'Poly',
    'CCX_500',
    '9.4.1.0508',
    '64:16:7f:9f:4c:90',
  ],
  [
    'Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)',
    'Snom',
    '710',
    '8.7.5.35',
    '00:04:13:74:17:67',
  ],
  [
    'Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)',
    'Snom',
    'D785',
    '10.1.33.33',
    '00:04:13:92:2d:24',
  ],
  ['Mozilla/4.0 (compatible; snom820-SIP 8.4.35 1.1.4-IFX-26.11.09)', 'Snom', '820', '8.4.35'],
  [
    'Thomson TB30 hw1 fw1.74.0 00-1F-9F-84-F1-80',
    'Technicolor',
    'TB30',
    '1.74.0',
    '00:1f:9f:84:f1:80',
  ],
  [
    'Yealink SIP-T46S 66.86.0.15 00:15:65:4a:a9:37',
    'Yealink',
    'T46S',
    '66.86.0.15',
    '00:15:65:4a:a9:37',
  ],
  [
    'Yealink SIP VP-T49G 51.80.0.10 00:15:65:9b:5a:44',
    'Yealink',
    'T49G',
    '51.80.0.10',
    '00:15:65:9b:5a:44',
  ],
  [
    'Yealink SIP-T38G  38.70.0.125 00:15:65:2f:c3:5e',
    'Yealink',
    'T38G',
    '38.70.0.125',
    '00:15:65:2f:c3:5e',
  ],
]
for (const [agent, vendor, model, firmware, identifier] of agents) {
  test(`findInAgent knows ${agent}`, () => {
    const [found] = findInAgent(asked({ 'User-Agent': agent }))
    assert.deepEqual(found?.hardware, { vendor, model, firmware })
    assert.equal(found?.evidence.mac ?? found?.evidence.serial, identifier)
  })
}

test('findInAgent says nothing of programs and browsers, nor of endless names', () => {
  const yealink = 'Yealink SIP-T46S 66.86.0.15 00:15:65:4a:a9:37'
  for (const agent of [
    'curl/8.5.0',
    'iPXE/1.21.1',
    'Mozilla/5.0',
    `${yealink}${' '.repeat(300)}x`,
  ]) {
    assert.deepEqual(findInAgent(asked({ 'User-Agent': agent })), [])
  }
  assert.deepEqual(findInAgent(asked({})), [])
})

test('findInHeaders reads what Arista, ONIE and Cumulus send', () => {
  const sent: readonly [Record<string, string>, object][] = [
    [
      { 'X-Arista-SystemMAC': '2c:dd:e9:f6:f9:9b', 'X-Arista-Serial': 'WTW23490441' },
      { mac: '2c:dd:e9:f6:f9:9b', serial: 'WTW23490441' },
    ],
    [
      { 'ONIE-ETH-ADDR': '08:9e:01:62:d1:93', 'ONIE-SERIAL-NUMBER': 'XYZ123004' },
      { mac: '08:9e:01:62:d1:93', serial: 'XYZ123004' },
    ],
    [
      { 'CUMULUS-MGMT-MAC': '44:38:39:FF:00:00', 'CUMULUS-SERIAL': 'XYZ123004' },
      { mac: '44:38:39:FF:00:00', serial: 'XYZ123004' },
    ],
  ]
  for (const [headers, evidence] of sent) {
    assert.deepEqual(findInHeaders(asked(headers))[0]?.evidence, evidence)
  }
})

test('findInHeaders reads every port of a kickstart, and no serial that the maker left empty', () => {
  const found = findInHeaders(
    asked({
      'X-RHN-Provisioning-MAC-0': 'eth0 00:11:22:33:44:55',
      'X-RHN-Provisioning-MAC-1': 'eth1 00:11:22:33:44:56',
      'X-System-Serial-Number': 'To be filled by O.E.M.',
    }),
  )
  const evidence = found.map((one) => one.evidence)
  assert.deepEqual(evidence, [{ mac: '00:11:22:33:44:55' }, { mac: '00:11:22:33:44:56' }])
})

test('findInCertificate finds a MAC, a serial number or a name in the subject', () => {
  const subjects: readonly [Asked['subject'], object | undefined][] = [
    [{ CN: 'CP-8851-SEP001122334455' }, { mac: '00:11:22:33:44:55' }],
    [{ CN: '0004F2E765DA' }, { mac: '00:04:f2:e7:65:da' }],
    [
      { CN: 'switch-1', serialNumber: 'PID:WS-C3850-24T SN:FOC1234X0AB' },
      { serial: 'FOC1234X0AB', name: 'switch-1' },
    ],
    [{ alternativeNames: ['00-11-22-33-44-55'] }, { mac: '00:11:22:33:44:55' }],
    [{ CN: 'a', alternativeNames: ['a', 'b'] }, { name: 'a' }],
    [{}, undefined],
    [undefined, undefined],
  ]
  for (const [subject, evidence] of subjects) {
    assert.deepEqual(findInCertificate(asked({}, { subject }))[0]?.evidence, evidence)
  }
})

test('findInPath takes the parameters that tell a device, and no others', () => {
  const params = { mac: '00:11:22:33:44:55', ipHex: '10.0.0.5', path: 'a/b' }
  const [found] = findInPath(asked({}, { params }))
  assert.deepEqual(found?.evidence, { mac: '00:11:22:33:44:55', ip: '10.0.0.5' })
  assert.deepEqual(findInPath(asked({}, { params: { path: 'a/b' } })), [])
})

test('parseArpTable takes entries of Ethernet that were answered', () => {
  const table =
    parseArpTable(`IP address       HW type     Flags       HW address            Mask     Device
10.0.0.5         0x1         0x2         00:11:22:33:44:55     *        eth0
10.0.0.6         0x1         0x0         00:11:22:33:44:66     *        eth0
10.0.0.9         0x1         0x2         00:00:00:00:00:00     *        eth0
10.0.0.7         0x1         0x6         00:11:22:33:44:77     *        eth0
10.0.0.8         0x20        0x2         80:00:00:48:fe:80     *        ib0
`)
  assert.deepEqual(
    [...table],
    [
      ['10.0.0.5', '00:11:22:33:44:55'],
      ['10.0.0.7', '00:11:22:33:44:77'],
    ],
  )
})

test('parseNeighbourList takes entries with a MAC that somebody answers for', () => {
  const rows = [
    { dst: 'fe80::1', dev: 'eth0', lladdr: '00:11:22:33:44:55', router: null, state: ['STALE'] },
    { dst: '2001:db8::6', dev: 'eth0', state: ['INCOMPLETE'] },
    { dst: '2001:db8::7', dev: 'eth0', lladdr: '00:11:22:33:44:77', state: ['FAILED'] },
  ]
  assert.deepEqual(
    [...parseNeighbourList(JSON.stringify(rows))],
    [
      ['fe80::1', '00:11:22:33:44:55'],
      ['fe80::1%eth0', '00:11:22:33:44:55'],
    ],
  )
})

test('DhcpEvents knows what was reported until it ends, is given back, or is forgotten', () => {
  const events = new DhcpEvents(2)
  const find = (ip: string, now: number) => events.find(asked({}, { clientAddress: ip }), now)
  events.event({ ip: '10.0.0.5', mac: '001122334455', hostname: 'desk-7', expiresAt: 1000 })
  assert.deepEqual(find('10.0.0.5', 999)[0]?.evidence, { mac: '00:11:22:33:44:55', name: 'desk-7' })
  assert.deepEqual(find('10.0.0.5', 1000), [])
  events.event({ ip: '10.0.0.5', mac: '001122334455', expiresAt: 0 })
  assert.deepEqual(find('10.0.0.5', 999), [])
  for (const last of [6, 7])
    events.event({ ip: `10.0.0.${last}`, mac: '001122334466', expiresAt: 9 })
  for (const last of [6, 7]) assert.equal(find(`10.0.0.${last}`, 1).length, 1)
})

test('DhcpEvents lets no report of an end overtake the lease of the next', () => {
  const events = new DhcpEvents()
  const mac = '00:11:22:33:44:66'
  events.event({ ip: '10.0.0.5', mac: '001122334455', expiresAt: 1000 })
  events.event({ ip: '10.0.0.5', mac, expiresAt: 1000 })
  events.event({ ip: '10.0.0.5', mac: '001122334455', expiresAt: 0 })
  assert.deepEqual(events.find(asked({}), 1)[0]?.evidence, { mac })
})

test('DhcpEvents refuses what is no event', () => {
  const events = new DhcpEvents()
  const good = { ip: '10.0.0.5', mac: '00:11:22:33:44:55', expiresAt: 1 }
  const bad = [
    { ip: 'x' },
    { mac: '00:11' },
    { hostname: 'x'.repeat(256) },
    { expiresAt: Number.NaN },
  ]
  for (const wrong of bad) {
    assert.throws(() => events.event({ ...good, ...wrong }), { code: 'MALFORMED_REQUEST' })
  }
})
