/**
 * How TFTP clients behave while they wait for a server that is still making the file: one row a
 * client, for simulated clients. What was measured in runs goes before what their source says.
 */

/** What an OACK does to the waiting of a client. */
export type OackEffect =
  /** The waits go on as if nothing had come. */
  | 'nothing'
  /** The wait that runs begins anew. */
  | 'restarts-wait'
  /** The waits begin from the first, those after an OACK if the client has such. */
  | 'starts-over'

/** What a second OACK, before the first block, does. */
export type SecondOackEffect = OackEffect | 'aborts'

export interface ClientTiming {
  readonly name: string
  readonly title: string
  /** Options in wire order; `next`, where it asks once more, those of the second request. */
  readonly options: readonly (readonly [string, string])[]
  readonly next?: readonly (readonly [string, string])[]
  /** After each time that it sends the request, in ms; at the end of the last it gives up. */
  readonly waitsMs: readonly number[]
  /** False where it waits all that time for one request. */
  readonly repeatsRequest: boolean
  readonly onOack: OackEffect
  /** The waits after an OACK; default: those of the request. */
  readonly oackWaitsMs?: readonly number[]
  /** Whether it repeats ACK 0 at the end of each of those. */
  readonly repeatsAck0: boolean
  readonly onSecondOack: SecondOackEffect
  /** Whether it acknowledges a second OACK. */
  readonly acksSecondOack: boolean
  /** With an OACK it gives up so long after its first request, in ms, whatever comes. */
  readonly oackLimitMs?: number
  /** What an OACK without the tsize it asked for does. */
  readonly withoutTsize: 'fine' | 'empty-file' | 'aborts'
  readonly hearsErrorAfterOack: boolean
  /**
   * What DATA does that answers a request with options: it is taken (default), it ends the client,
   * or the client acknowledges it and still waits for an OACK.
   */
  readonly onPlainData?: 'aborts' | 'waits-on'
  /** It asks again from the port of its last wish: after a boot, or all its life. */
  readonly reusesPort?: boolean
  /** It takes an OACK without options for noise, which restarts its wait. */
  readonly ignoresEmptyOack?: boolean
  readonly source: string
}

const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms)
const tsize = ['tsize', '0'] as const

const PXELINUX_WAITS = [
  110, 110, 165, 165, 220, 275, 330, 384, 494, 549, 659, 824, 989, 1153, 1428, 1703, 2032, 2417,
  2911, 3515, 4229, 5053, 6042, 7250, 8733, 10_491, 12_578, 14_006, 14_006, 14_006, 14_006,
]
const SYSLINUX_EFI_WAITS = [
  750, 750, 750, 750, 750, 750, 750, 750, 750, 750, 750, 750, 1500, 1500, 1500, 2250, 2250, 2250,
  3000, 3750, 4500, 5250, 6000, 6750, 8250, 9750, 12_000, 12_750, 12_750, 12_750, 12_750,
]

const deafSyslinux = {
  repeatsRequest: true,
  onOack: 'starts-over',
  repeatsAck0: true,
  onSecondOack: 'nothing',
  acksSecondOack: false,
  withoutTsize: 'fine',
  hearsErrorAfterOack: false,
  reusesPort: true,
} as const

const edk2 = {
  waitsMs: times(6, 4050),
  repeatsRequest: true,
  onOack: 'starts-over',
  repeatsAck0: true,
  onSecondOack: 'starts-over',
  acksSecondOack: true,
  withoutTsize: 'aborts',
  hearsErrorAfterOack: true,
  onPlainData: 'aborts',
} as const

export const firmwareTimings: readonly ClientTiming[] = [
  {
    name: 'ipxe',
    title: 'iPXE',
    options: [['blksize', '1432'], tsize],
    waitsMs: [250, 500, 1000, 2000, 4000, 8000],
    repeatsRequest: true,
    onOack: 'restarts-wait',
    repeatsAck0: true,
    onSecondOack: 'restarts-wait',
    acksSecondOack: true,
    withoutTsize: 'fine',
    hearsErrorAfterOack: true,
    source: 'measured 16 s; client source, src/net/udp/tftp.c and retry.c',
  },
  {
    name: 'pxelinux',
    title: 'PXELINUX',
    options: [tsize, ['blksize', '1408']],
    waitsMs: PXELINUX_WAITS,
    ...deafSyslinux,
    source: 'measured over 90 s; client source, core/fs/pxe/tftp.c',
  },
  {
    name: 'syslinux-efi',
    title: 'Syslinux for UEFI',
    options: [tsize, ['blksize', '1408']],
    waitsMs: SYSLINUX_EFI_WAITS,
    ...deafSyslinux,
    source: 'client source, efi/udp.c; not timed',
  },
  {
    name: 'grub',
    title: 'GRUB',
    options: [['blksize', '1024'], tsize],
    waitsMs: Array.from({ length: 40 }, (_, index) => 400 + 25 * index),
    repeatsRequest: true,
    onOack: 'starts-over',
    oackWaitsMs: [35_000],
    repeatsAck0: false,
    onSecondOack: 'nothing',
    acksSecondOack: true,
    withoutTsize: 'empty-file',
    hearsErrorAfterOack: false,
    onPlainData: 'waits-on',
    reusesPort: true,
    source: 'measured 35 s; 31.6 s, after an OACK 33.6 s, by client source, grub-core/net/tftp.c',
  },
  {
    name: 'edk2-pxe',
    title: 'UEFI PXE (EDK2), probe and read',
    options: [tsize, ['blksize', '1468'], ['windowsize', '4']],
    next: [
      ['blksize', '1468'],
      ['windowsize', '4'],
    ],
    ...edk2,
    source: 'measured about 24 s; client source, MdeModulePkg Mtftp4',
  },
  {
    name: 'edk2-shell',
    title: 'UEFI shell (EDK2)',
    options: [tsize],
    next: [],
    ...edk2,
    source: 'measured 24 to 38 s, as PXE',
  },
  {
    name: 'edk2-shell-s',
    title: 'UEFI shell (EDK2) -s 1024',
    options: [tsize],
    next: [['blksize', '1024']],
    ...edk2,
    source: 'measured as PXE, 60 s with an OACK each second',
  },
  {
    name: 'u-boot',
    title: 'U-Boot',
    options: [
      ['timeout', '5'],
      ['blksize', '1468'],
    ],
    waitsMs: times(11, 5000),
    repeatsRequest: true,
    onOack: 'nothing',
    repeatsAck0: true,
    onSecondOack: 'nothing',
    acksSecondOack: true,
    withoutTsize: 'fine',
    hearsErrorAfterOack: true,
    source: 'measured 55 s; client source, net/tftp.c',
  },
  {
    name: 'u-boot-lwip',
    title: 'U-Boot, lwIP stack',
    options: [tsize, ['blksize', '1468']],
    waitsMs: times(6, 1000),
    repeatsRequest: true,
    onOack: 'starts-over',
    oackWaitsMs: [10_000],
    repeatsAck0: false,
    onSecondOack: 'nothing',
    acksSecondOack: true,
    oackLimitMs: 10_000,
    withoutTsize: 'fine',
    hearsErrorAfterOack: true,
    source: 'client source, net/lwip/tftp.c; not run',
  },
  {
    name: 'slof',
    title: 'SLOF (Power)',
    options: [['blksize', '1428']],
    waitsMs: times(6, 4050),
    repeatsRequest: true,
    onOack: 'nothing',
    repeatsAck0: true,
    onSecondOack: 'nothing',
    acksSecondOack: true,
    withoutTsize: 'fine',
    hearsErrorAfterOack: true,
    source: 'measured about 24 s, 20 s with an OACK each second',
  },
]

const noOptions = {
  options: [],
  onOack: 'nothing',
  repeatsAck0: false,
  onSecondOack: 'aborts',
  acksSecondOack: false,
  withoutTsize: 'fine',
  hearsErrorAfterOack: true,
} as const

const libraryOack = {
  onOack: 'starts-over',
  repeatsAck0: true,
  withoutTsize: 'fine',
  hearsErrorAfterOack: true,
} as const

export const commandLineTimings: readonly ClientTiming[] = [
  {
    name: 'tftp-hpa',
    title: 'tftp-hpa 5.2',
    ...noOptions,
    waitsMs: times(5, 5010),
    repeatsRequest: true,
    reusesPort: true,
    source: 'measured 25.05 s',
  },
  {
    name: 'atftp',
    title: 'atftp 0.8.0',
    options: [tsize, ['blksize', '1428']],
    waitsMs: times(6, 5013),
    repeatsRequest: true,
    reusesPort: true,
    ...libraryOack,
    onSecondOack: 'aborts',
    acksSecondOack: false,
    source: 'measured 30.08 s, ERROR 0 at the second OACK',
  },
  {
    name: 'curl',
    title: 'curl to 8.16',
    options: [tsize, ['blksize', '512'], ['timeout', '6']],
    waitsMs: times(43, 7000),
    repeatsRequest: true,
    ...libraryOack,
    oackWaitsMs: times(51, 72_000),
    onSecondOack: 'starts-over',
    acksSecondOack: true,
    source: 'measured 302 s with 7.88; client source, lib/tftp.c',
  },
  {
    name: 'curl-8.17',
    title: 'curl from 8.17',
    options: [tsize, ['blksize', '512'], ['timeout', '6']],
    waitsMs: times(43, 7000),
    repeatsRequest: true,
    ...libraryOack,
    oackWaitsMs: times(4, 6000),
    onSecondOack: 'starts-over',
    acksSecondOack: true,
    source: 'client source, lib/tftp.c; not run',
  },
  {
    name: 'busybox',
    title: 'BusyBox 1.35',
    options: [tsize],
    waitsMs: [100, 150, 225, 337, 505, 757, 1135, 1702, ...times(4, 2000)],
    repeatsRequest: true,
    ...libraryOack,
    onSecondOack: 'restarts-wait',
    acksSecondOack: false,
    ignoresEmptyOack: true,
    source: 'measured 12.98 s; client source, networking/tftp.c',
  },
  {
    name: 'busybox-b',
    title: 'BusyBox 1.35 -b 1428',
    options: [['blksize', '1428'], tsize],
    waitsMs: [100, 150, 225, 337, 505, 757, 1135, 1702, ...times(4, 2000)],
    repeatsRequest: true,
    ...libraryOack,
    onSecondOack: 'restarts-wait',
    acksSecondOack: false,
    source: 'as BusyBox',
  },
  {
    name: 'go-pin',
    title: 'Go pin/tftp 2.2',
    options: [['blksize', '1428'], tsize],
    waitsMs: times(6, 5350),
    repeatsRequest: true,
    ...libraryOack,
    onSecondOack: 'starts-over',
    acksSecondOack: true,
    source: 'measured 32 s',
  },
  {
    name: 'net-tftp',
    title: 'Net::TFTP 0.1901',
    options: [['blksize', '1428']],
    waitsMs: [30_060],
    repeatsRequest: false,
    ...libraryOack,
    oackWaitsMs: times(6, 5010),
    onSecondOack: 'starts-over',
    acksSecondOack: true,
    source: 'measured 30 s, and a file that came at 30 s was taken; never repeats its request',
  },
  {
    name: 'otp',
    title: 'Erlang/OTP 1.0.3',
    options: [tsize],
    waitsMs: times(7, 3000),
    repeatsRequest: true,
    ...libraryOack,
    withoutTsize: 'aborts',
    onPlainData: 'aborts',
    onSecondOack: 'aborts',
    acksSecondOack: false,
    source: 'measured 21 s, ERROR 4 at the second OACK, ERROR 8 without tsize',
  },
  {
    name: 'npm-tftp',
    title: 'npm tftp 0.1.2',
    options: [
      ['blksize', '1468'],
      ['timeout', '3000'],
      ['windowsize', '4'],
      ['rollover', '0'],
      tsize,
    ],
    waitsMs: times(4, 3000),
    repeatsRequest: true,
    ...libraryOack,
    onSecondOack: 'aborts',
    acksSecondOack: false,
    source: 'measured 12 s, ERROR 4 at the second OACK',
  },
  {
    name: 'commons-net',
    title: 'Commons Net 3.9',
    ...noOptions,
    waitsMs: [25_000],
    repeatsRequest: false,
    source: 'measured 25 s; never repeats its request',
  },
]

export const clientTimings: readonly ClientTiming[] = [...firmwareTimings, ...commandLineTimings]
