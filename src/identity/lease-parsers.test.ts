import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { dhcpdLeases } from './dhcpd-leases.ts'
import { dnsmasqLeases } from './dnsmasq-leases.ts'
import { keaLeases } from './kea-leases.ts'
import { LeaseReading } from './lease-reading.ts'
import { freeLease, type LeaseFormat, LeaseTable } from './lease.ts'

/** Reads a whole file. */
function read(format: LeaseFormat, text: string): { table: LeaseTable; bad: string[] } {
  const table = new LeaseTable()
  const parser = format(table)
  const bad = text.split('\n').filter((line) => !parser.line(line))
  return { table, bad }
}

const ISC = String.raw`# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;
server-duid "\000\001\000\001+\252\026\277\002\000\000\000\000\001";

failover peer "pair" state {
  my state normal at 1 2026/11/23 08:00:00;
  partner state normal at 1 2026/11/23 08:00:00;
}
lease 10.0.0.5 {
  starts 1 2026/11/23 08:00:00;
  ends 1 2026/11/23 20:00:00;
  tstp 1 2026/11/23 20:00:00;
  cltt 1 2026/11/23 08:00:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 00:11:22:33:44:55;
  uid "\001\000\021\"3DU";
  set vendor-class-identifier = "PXEClient; {x}";
  client-hostname "desk-7";
}
lease 10.0.0.6 {
  starts epoch 1763884800; # Mon Nov 23 08:00:00 2026
  ends never;
  binding state active;
  uid "\001\000\021\"3Df";
}
lease 10.0.0.7 { ends epoch 1764000000; hardware ethernet 001122334477; # by hand
  client-hostname "a;b } \"c\""; set vendor = "x";
}
lease 10.0.0.5 {
  starts 1 2026/11/23 09:00:00;
  ends 1 2026/11/23 21:00:00;
  binding state active;
  hardware ethernet 00:11:22:33:44:99;
}
lease 10.0.0.8 {
  binding state active;
  hardware ethernet 00:11:22:33:44:88;
}
lease 10.0.0.8 {
  binding state free;
  hardware ethernet 00:11:22:33:44:88;
}
ia-na "\001\000\000\000\000\001\000\001+\252\026\277\000\021\"3DU" {
  cltt 1 2026/11/23 08:00:00;
  iaaddr 2001:DB8::0:5 {
    binding state active;
    preferred-life 375;
    max-life 600;
    ends 1 2026/11/23 20:00:00;
  }
}
`

test('dhcpdLeases reads blocks, strings and comments, and the last on an address counts', () => {
  const { table, bad } = read(dhcpdLeases, ISC)
  assert.deepEqual(bad, [])
  assert.equal(table.count, 5)
  const expiresAt = Date.UTC(2026, 10, 23, 21)
  assert.deepEqual(table.get('10.0.0.5'), {
    mac: '00:11:22:33:44:99',
    hostname: undefined,
    expiresAt,
  })
  assert.deepEqual(table.get('10.0.0.6'), {
    mac: '00:11:22:33:44:66',
    hostname: undefined,
    expiresAt: Infinity,
  })
  assert.deepEqual(table.get('10.0.0.7'), {
    mac: '00:11:22:33:44:77',
    hostname: 'a;b } "c"',
    expiresAt: 1_764_000_000_000,
  })
})

/** What dhcpd writes into a lease where its configuration has it run something. */
const NESTED = String.raw`lease 10.0.0.9 {
  ends 1 2036/11/23 20:00:00;
  binding state active;
  hardware ethernet 02:0a:00:03:04:05;
  set trivet-ip = "10.0.0.9";
  client-hostname "desk-9";
  on expiry {
    execute ("/etc/trivet/dhcp-event", "del", trivet-mac, trivet-ip, "");
  }
  on release {
    execute ("/etc/trivet/dhcp-event", "del", trivet-mac, trivet-ip, "");
  }
}
`

test('dhcpdLeases reads a lease with blocks in it', () => {
  const reading = new LeaseReading(dhcpdLeases)
  reading.take(Buffer.from(NESTED))
  assert.equal(reading.bad, undefined)
  assert.deepEqual(reading.table.get('10.0.0.9'), {
    mac: '02:0a:00:03:04:05',
    hostname: 'desk-9',
    expiresAt: Date.UTC(2036, 10, 23, 20),
  })
})

test('dhcpdLeases finds in lines where they stand what it finds in lines cut out', () => {
  const odd = [
    '  ends 4;',
    'lease 10.0.0.5 { }',
    ' ends never; binding state free;',
    'lease 10 {',
    '',
  ]
  const lines = [
    ...`${ISC}${NESTED}`.split('\n'),
    ...odd,
    '  binding state activeX;',
    ' abandoned;',
  ]
  const addresses = Array.from({ length: 10 }, (_, index) => `10.0.0.${index}`)
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 60 }), (chosen) => {
      const text = `lease 10.0.0.1 {\n${chosen.join('\n')}\n`
      const { table, bad } = read(dhcpdLeases, text)
      const reading = new LeaseReading(dhcpdLeases)
      for (const part of [text.slice(0, 50), text.slice(50)]) reading.take(Buffer.from(part))
      assert.equal(reading.bad?.count ?? 0, bad.length)
      for (const one of addresses) assert.deepEqual(reading.table.get(one), table.get(one))
    }),
    { numRuns: 300 },
  )
})

test('dhcpdLeases takes a lease that is free again for nobody’s', () => {
  assert.equal(read(dhcpdLeases, ISC).table.get('10.0.0.8'), freeLease)
})

test('dhcpdLeases finds the MAC of an IPv6 client in its DUID', () => {
  assert.equal(read(dhcpdLeases, ISC).table.get('2001:db8::5')?.mac, '00:11:22:33:44:55')
})

test('dhcpdLeases goes on behind what is broken', () => {
  const text =
    'lease 10.0.0.999 {\n  hardware ethernet 00:11;\n}\n}\nlease 10.0.0.1 {\n  hardware ethernet zz;\n}\n'
  const { table, bad } = read(
    dhcpdLeases,
    `${text}lease 10.0.0.2 {\n hardware ethernet 02:00:00:00:00:02;\n}`,
  )
  assert.deepEqual(bad, ['lease 10.0.0.999 {', '}', '  hardware ethernet zz;'])
  assert.equal(table.get('10.0.0.2')?.mac, '02:00:00:00:00:02')
})

const KEA4 =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id'
const KEA6 =
  'address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id'

test('keaLeases takes the last row of an address, and its deletion', () => {
  const { table, bad } = read(
    keaLeases,
    `${KEA4}
10.0.0.5,00:11:22:33:44:55,01:00:11:22:33:44:55,3600,1764003600,1,0,0,desk-7.example.,0,,0
10.0.0.6,00:11:22:33:44:66,,4294967295,5000000000,1,0,0,a&#x2cb,0,{ "note": "x&#x2c y" },0
10.0.0.5,00:11:22:33:44:56,01:00:11:22:33:44:56,3600,1764007200,1,0,0,desk-8.example.,0,,0
10.0.0.7,00:11:22:33:44:77,,3600,1764007200,1,0,0,,0,,0
10.0.0.7,00:11:22:33:44:77,,0,1764003600,1,0,0,,0,,0
10.0.0.8,00:11:22:33:44:88,,3600,1764003600,1,0,0,,1,,0
10.0.0.9,00:11:22:33:44:88,,3600,soon,1,0,0,,0,,0
`,
  )
  assert.deepEqual(bad, ['10.0.0.9,00:11:22:33:44:88,,3600,soon,1,0,0,,0,,0'])
  assert.deepEqual(table.get('10.0.0.5'), {
    mac: '00:11:22:33:44:56',
    hostname: 'desk-8.example',
    expiresAt: 1_764_007_200_000,
  })
  assert.equal(table.get('10.0.0.6')?.expiresAt, Infinity)
  assert.equal(table.get('10.0.0.6')?.hostname, 'a,b')
  assert.deepEqual([table.get('10.0.0.7'), table.get('10.0.0.8')], [freeLease, freeLease])
})

test('keaLeases reads IPv6, by the names of its columns', () => {
  const { table, bad } = read(
    keaLeases,
    `${KEA6}
2001:db8::5,00:03:00:01:00:11:22:33:44:55,3600,1764003600,1,1800,0,7,128,0,0,,,0,,,,0
2001:db8:1::,00:03:00:01:00:11:22:33:44:55,3600,1764003600,1,1800,2,7,56,0,0,,,0,,,,0
`,
  )
  assert.deepEqual(bad, [])
  assert.equal(table.get('2001:db8::5')?.mac, '00:11:22:33:44:55')
  assert.equal(table.get('2001:db8:1::'), undefined)
})

test('keaLeases takes nothing for a lease before it knows the columns', () => {
  const { table, bad } = read(keaLeases, '10.0.0.5,00:11:22:33:44:55,,3600,1764003600,1,0,0,,0,,0')
  assert.deepEqual([table.count, bad.length], [0, 1])
})

test('dnsmasqLeases reads IPv4 and, behind the line of the DUID, IPv6', () => {
  const { table, bad } = read(
    dnsmasqLeases,
    `1764003600 00:11:22:33:44:55 10.0.0.5 desk-7 01:00:11:22:33:44:55
0 00:11:22:33:44:66 10.0.0.6 * *
1764003600 06-00:11 10.0.0.7 * *
what is this
duid 00:01:00:01:2b:aa:16:bf:02:00:00:00:00:01
1764003600 1122867 2001:db8::5 desk-7 00:01:00:01:2b:aa:16:bf:00:11:22:33:44:55
1764003600 T1122867 2001:db8::6 * 00:02:00:00:ab:11:01
`,
  )
  assert.deepEqual(bad, ['what is this'])
  const mac = '00:11:22:33:44:55'
  assert.deepEqual(table.get('10.0.0.5'), { mac, hostname: 'desk-7', expiresAt: 1_764_003_600_000 })
  assert.equal(table.get('10.0.0.6')?.expiresAt, Infinity)
  assert.equal(table.get('10.0.0.7')?.mac, undefined)
  assert.equal(table.get('2001:db8::5')?.mac, mac)
  assert.equal(table.get('2001:db8::6')?.mac, undefined)
})

test('LeaseTable keeps no more than its limit, but learns more of those it has', () => {
  const table = new LeaseTable(1)
  const lease = { mac: '00:11:22:33:44:55', hostname: undefined, expiresAt: 1 }
  table.set('10.0.0.1', freeLease)
  table.set('10.0.0.2', lease)
  table.set('10.0.0.1', lease)
  assert.deepEqual([table.count, table.leftOutCount, table.get('10.0.0.1')], [1, 1, lease])
})
