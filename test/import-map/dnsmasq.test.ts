import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { importMap } from '../../src/import-map/import-map.ts'
import { writeImportedSite } from '../../src/import-map/write-site.ts'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'
import { askTftp, RealServer, whyNot } from './real-tftpd.ts'

// Goal: what dnsmasq.conf says of TFTP is what Trivet does. Method: both serve one folder, and are
// asked the same names from the same addresses.

const program = '/usr/sbin/dnsmasq'
const skip = whyNot(program)
const options = { root: '/srv/tftp', hasAbsoluteNames: false, takesUploads: false }

const files = {
  'boot.cfg': 'for all',
  'all.cfg': 'for all, too',
  'sub/a.bin': 'below',
  'UPPER.CFG': 'capitals',
  '127.1.0.1/boot.cfg': 'for one',
  '127.1.0.1/sub/own.bin': 'below, for one',
}

const names = [
  'boot.cfg',
  '/boot.cfg',
  'all.cfg',
  'BOOT.CFG',
  'UPPER.CFG',
  'sub\\a.bin',
  'sub/own.bin',
  'FOLDER/boot.cfg',
  'FOLDER/sub/a.bin',
  'FOLDERboot.cfg',
  '127.1.0.1/boot.cfg',
  'nothing',
]

const confs: readonly [string, string][] = [
  ['one root', 'tftp-root=FOLDER\n'],
  ['small letters', 'tftp-root=FOLDER # the root\ntftp-lowercase\n'],
  ['a root per address', 'tftp-root=FOLDER/\ntftp-unique-root\n'],
  ['all of it', 'tftp-root="FOLDER"\ntftp-unique-root=ip\ntftp-lowercase\n'],
]

let lastAddress = 0

describe('importDnsmasq, compared with dnsmasq', { skip }, () => {
  for (const [what, written] of confs) {
    test(what, async () => {
      lastAddress += 1
      // It listens on port 69, so each has an address of its own.
      const where = { address: `127.69.0.${lastAddress}`, port: 69 }
      await using dnsmasq = await RealServer.start(
        '',
        ({ address, folder, mapFile }) => [
          '/bin/sh',
          '-c',
          `sed "s,FOLDER,${folder}," > "${mapFile}" <<'END'\n${written}END\n` +
            `exec ${program} --keep-in-foreground --conf-file="${mapFile}" --port=0 --enable-tftp ` +
            `--listen-address=${address} --bind-interfaces --user=root --pid-file=`,
        ],
        where,
      )
      await dnsmasq.hold(files)
      const imported = importMap(written.replace('FOLDER', dnsmasq.folder), 'dnsmasq', options)
      assert.deepEqual(imported.notices, [])
      await using site = await temporaryFolder()
      await writeFile(join(site.path, 'trivet.yaml'), writeImportedSite(imported, 'imported'))
      await using server = await startServerProcess(site.path)
      const { port } = server.tftp[0] ?? { port: 0 }
      for (const from of ['127.1.0.1', '127.1.0.2']) {
        // Whoever has a folder is not served by the whole path there; here it is.
        const isOwn = written.includes('unique') && from === '127.1.0.1'
        const asked = isOwn ? names.filter((one) => !one.startsWith('FOLDER/')) : names
        for (const name of asked.map((one) => one.replace('FOLDER', dnsmasq.folder))) {
          const said = await askTftp(name, { port, from })
          assert.deepEqual(said, await dnsmasq.ask(name, from), `${name} from ${from}`)
        }
      }
    })
  }
})

describe('importDnsmasq', () => {
  test('takes limits, and tells what it does not take', () => {
    const conf = [
      'domain=example.net',
      'dhcp-range=10.0.0.10,10.0.0.200',
      'dhcp-leasefile=/srv/leases',
      'tftp-root=/srv/one',
      'tftp-root=/srv/other,eth1',
      'tftp-unique-root=mac',
      'tftp-max=7',
      'tftp-mtu=1400',
      'tftp-single-port',
      'tftp-secure',
      'tftp-no-fail',
      'tftp-port-range=4000,4100',
      'conf-dir=/etc/dnsmasq.d',
    ]
    const { site, routes, notices } = importMap(conf.join('\n'), 'dnsmasq', options)
    assert.deepEqual(site, {
      listen: { singlePort: true },
      limits: { transfersMax: 7 },
      identity: { leases: [{ file: '/srv/leases', format: 'dnsmasq' }] },
    })
    const files = { folder: '/srv/one', perClient: 'mac' }
    assert.deepEqual(
      routes.map(({ keys }) => keys),
      [
        { match: '/srv/one/{path...}', name: 'absolute names', blockBytesMax: 1368, static: files },
        { match: '/{path...}', name: 'files', blockBytesMax: 1368, static: files },
      ],
    )
    const lines = notices.map(({ line, isLost }) => [line, isLost])
    assert.deepEqual(
      lines,
      [5, 10, 11, 12, 13].map((line) => [line, true]),
    )
  })

  test('knows where a comment begins', () => {
    const roots = ['/srv/a#b', '/srv/a#b # no', '"/srv/a # b"', '/srv/a\t# c # d']
    const found = roots.map((root) => {
      const { routes } = importMap(`# first\n tftp-root = ${root}\n`, 'dnsmasq', options)
      return routes.at(-1)?.keys['static']
    })
    const folders = ['/srv/a#b', '/srv/a#b', '/srv/a # b', '/srv/a'].map((folder) => ({ folder }))
    assert.deepEqual(found, folders)
  })

  test('says so when there is no root', () => {
    const { notices } = importMap('enable-tftp\n', 'dnsmasq', options)
    assert.deepEqual(notices, [
      { line: 1, message: 'found no tftp-root, /srv/tftp is taken', isLost: false },
    ])
  })
})
