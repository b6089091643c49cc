/** A load that several servers are put under. */
export interface Workload {
  readonly id: string
  readonly what: string
  /** Of the load generator. */
  readonly args: readonly string[]
  /** Of one run; fewer for servers that take long. */
  readonly transfers: number
  /** The figure that counts: CPU for a transfer, or MB a second. */
  readonly figure: 'cpuUs' | 'mbPerSecond'
  /** Names of the servers that can do it. */
  readonly servers: readonly string[]
}

const SMALL = ['-f', 'cfg/%06u.cfg', '-m', '10000', '-s', '4096', '-c', '-n', '100']
const ALL = [
  'trivet',
  'trivet, node:dgram',
  'dnsmasq',
  'pin/tftp',
  'atftpd',
  'tftpd-hpa',
  'fbtftp',
  'npm tftp',
]
const BULK = ['trivet', 'trivet, node:dgram', 'atftpd']

export const workloads: readonly Workload[] = [
  {
    id: 'W1',
    what: '4 KiB, no options, 100 devices at once, 10,000 names',
    args: SMALL,
    transfers: 10_000,
    figure: 'cpuUs',
    servers: ALL,
  },
  {
    id: 'W2',
    what: 'the same with blksize 1428 and tsize',
    args: [...SMALL, '-b', '1428', '-T'],
    transfers: 10_000,
    figure: 'cpuUs',
    servers: ALL,
  },
  {
    id: 'W4, windowsize 16',
    what: '64 MiB, one client, blksize 1428',
    args: [
      '-f',
      'big/64.bin',
      '-s',
      '67108864',
      '-c',
      '-n',
      '1',
      '-b',
      '1428',
      '-w',
      '16',
      '-B',
      '1000000',
    ],
    transfers: 8,
    figure: 'mbPerSecond',
    servers: BULK,
  },
  {
    id: 'W4, windowsize 64',
    what: '64 MiB, one client, blksize 1428',
    args: [
      '-f',
      'big/64.bin',
      '-s',
      '67108864',
      '-c',
      '-n',
      '1',
      '-b',
      '1428',
      '-w',
      '64',
      '-B',
      '1000000',
    ],
    transfers: 8,
    figure: 'mbPerSecond',
    servers: BULK,
  },
  {
    id: 'W5',
    what: '64 clients, 4 MiB each, blksize 1428, no window',
    args: ['-f', 'mid/%02u.bin', '-m', '64', '-s', '4194304', '-c', '-n', '64', '-b', '1428'],
    transfers: 64,
    figure: 'mbPerSecond',
    servers: ['trivet', 'trivet, node:dgram', 'dnsmasq', 'atftpd', 'tftpd-hpa'],
  },
]

/** Sources of its own under the load of W2; the others are compared with the first. */
export const sourceRows: readonly {
  readonly what: string
  readonly args: readonly string[]
  readonly transfers: number
}[] = [
  { what: 'handler, 4 KiB from the path', args: SMALL, transfers: 10_000 },
  {
    what: 'Jinja template over 10,000 devices, renditions kept',
    args: ['-f', 'jinja/020000%06u.cfg', '-m', '10000', '-n', '100'],
    transfers: 10_000,
  },
  {
    what: 'static file',
    args: ['-f', 'static/%06u.cfg', '-m', '10000', '-n', '100'],
    transfers: 10_000,
  },
  { what: 'CGI script (sh)', args: ['-f', 'cgi/%06u', '-m', '10000', '-n', '16'], transfers: 500 },
]
