import type { ClientProfile } from './client-profile.ts'

/** UEFI counts in ticks of a second, of which it may lose the first; starved, 4 s become 7.3 s. */
const edk2Rhythm = {
  kind: 'periodic',
  periodMsMin: 4000,
  periodMsMax: 7300,
  firstMsMin: 3000,
  repeatsMax: 5,
} as const

const edk2Source = 'measured with 2022.11; client source, NetworkPkg/Mtftp4Dxe'

/** What both requests of UEFI have in common. */
const edk2 = {
  rhythm: edk2Rhythm,
  silenceMsMax: 23_000,
  isErrorHeardAfterOack: true,
  holdOackMs: 18_000,
  source: edk2Source,
} as const

/** Boot ROMs and boot loaders. */
export const firmwareProfiles: readonly ClientProfile[] = [
  {
    name: 'ipxe',
    title: 'iPXE',
    optionLines: [
      [
        { name: 'blksize', value: '1432' },
        { name: 'tsize', value: '0' },
      ],
    ],
    rhythm: { kind: 'moments', repeatsMs: [250, 750, 1750, 3750, 7750], stretch: 1.4 },
    silenceMsMax: 15_750,
    tsize: 'optional',
    repeatedOack: 'keeps',
    isErrorHeardAfterOack: true,
    holdOackMs: 7200,
    source: 'measured with 1.0.0+git20190125; client source, net/udp/tftp.c and net/retry.c',
    note: 'Its last request leaves at 7.75 s: a hold OACK lost after that would not be asked for again',
  },
  {
    name: 'edk2-probe',
    title: 'UEFI (EDK2), asking for the size',
    optionLines: [
      [
        { name: 'tsize', value: '0' },
        { name: 'blksize', isOptional: true },
        { name: 'windowsize', isOptional: true },
      ],
    ],
    ...edk2,
    tsize: 'needed',
    repeatedOack: 'not-possible',
    note: 'Ends at the OACK with ERROR 8 and asks again from the next port, which gives it another 24 s; the first wait may be 1 s shorter than the others',
  },
  {
    name: 'edk2-read',
    title: 'UEFI (EDK2), reading the file',
    optionLines: [
      [
        { name: 'blksize', isOptional: true },
        { name: 'windowsize', isOptional: true },
      ],
    ],
    ...edk2,
    tsize: 'not-asked',
    repeatedOack: 'keeps',
  },
  {
    name: 'edk2',
    title: 'UEFI (EDK2), both requests',
    optionLines: [],
    ...edk2,
    tsize: 'not-asked',
    repeatedOack: 'keeps',
    note: 'For the configuration, which cannot tell the two apart',
  },
  {
    name: 'grub',
    title: 'GRUB 2',
    optionLines: [
      [
        { name: 'blksize', value: '1024' },
        { name: 'tsize', value: '0' },
      ],
    ],
    rhythm: { kind: 'moments', repeatsMs: grubMoments(), stretch: 1.6 },
    silenceMsMax: 31_600,
    tsize: 'needed',
    repeatedOack: 'harmless',
    oackMsMax: 33_620,
    isErrorHeardAfterOack: false,
    source: 'measured with 2.06; client source, grub-core/net/tftp.c',
    note: 'Measured 35 s of silence, 31.6 s by its source. Takes a file without tsize for empty',
  },
  {
    name: 'pxelinux',
    title: 'PXELINUX, lpxelinux',
    optionLines: [
      [
        { name: 'tsize', value: '0' },
        { name: 'blksize', value: '1408' },
      ],
    ],
    rhythm: {
      kind: 'moments',
      repeatsMs: [
        110, 220, 380, 550, 770, 1040, 1370, 1760, 2250, 2800, 3460, 4280, 5270, 6430, 7850, 9560,
        11_590, 14_010, 16_920, 20_430, 24_660, 29_710, 35_760, 43_010, 51_740, 62_230, 74_810,
        88_810, 102_820, 116_830,
      ],
      stretch: 1.5,
    },
    silenceMsMax: 130_830,
    tsize: 'optional',
    repeatedOack: 'harmless',
    isErrorHeardAfterOack: false,
    source: 'measured with 6.04 to 90 s; client source, core/fs/pxe/tftp.c',
    note: 'Hangs for 131 s on an ERROR that follows an OACK',
  },
  {
    name: 'syslinux-efi',
    title: 'Syslinux for UEFI',
    optionLines: [
      [
        { name: 'tsize', value: '0' },
        { name: 'blksize', value: '1408' },
      ],
    ],
    rhythm: {
      kind: 'moments',
      repeatsMs: [
        750, 1500, 2250, 3000, 3750, 4500, 5250, 6000, 6750, 7500, 8250, 9000, 10_500, 12_000,
        13_500, 15_750, 18_000, 20_250, 23_250, 27_000, 31_500, 36_750, 42_750, 49_500, 57_750,
        67_500, 79_500, 92_250, 105_000, 117_750,
      ],
      stretch: 1.5,
    },
    silenceMsMax: 130_500,
    tsize: 'optional',
    repeatedOack: 'harmless',
    isErrorHeardAfterOack: false,
    source: 'option line measured with 6.04; client source, core/fs/pxe/tftp.c and efi/udp.c',
    note: 'Its rhythm and limit were worked out and never timed',
  },
  {
    name: 'u-boot',
    title: 'U-Boot, its own network stack',
    optionLines: [
      [
        { name: 'timeout', value: '5' },
        { name: 'tsize', value: '0', isOptional: true },
        { name: 'blksize' },
        { name: 'windowsize', isOptional: true },
      ],
    ],
    rhythm: { kind: 'periodic', periodMsMin: 5000, periodMsMax: 6000, repeatsMax: 10 },
    silenceMsMax: 55_000,
    tsize: 'optional',
    repeatedOack: 'harmless',
    isErrorHeardAfterOack: true,
    source: 'measured with 2023.01; client source, net/tftp.c',
    note: 'An OACK resets neither its timer nor its count',
  },
  {
    name: 'u-boot-lwip',
    title: 'U-Boot, lwIP network stack',
    optionLines: [
      [
        { name: 'tsize', value: '0' },
        { name: 'blksize', value: '1468' },
      ],
    ],
    rhythm: { kind: 'periodic', periodMsMin: 1000, periodMsMax: 1300, repeatsMax: 5 },
    silenceMsMax: 6000,
    tsize: 'optional',
    repeatedOack: 'harmless',
    oackMsMax: 10_000,
    isErrorHeardAfterOack: true,
    holdOackMs: 4300,
    source: 'client source, net/lwip/tftp.c and lib/lwip',
    note: 'The first DATA must come within 10 s of the first request, whatever else arrives',
  },
  {
    name: 'slof',
    title: 'SLOF (POWER)',
    optionLines: [[{ name: 'blksize', value: '1428' }]],
    rhythm: { kind: 'periodic', periodMsMin: 4000, periodMsMax: 4600, repeatsMax: 5 },
    silenceMsMax: 24_000,
    tsize: 'not-asked',
    repeatedOack: 'harmless',
    isErrorHeardAfterOack: true,
    source: 'measured with QEMU 7.2; client source, lib/libnet/tftp.c',
    note: 'Lived 20 s with an OACK each second; by its source no OACK resets its count of silent seconds',
  },
  {
    name: 'raspberry-pi',
    title: 'Raspberry Pi 4 and 5',
    optionLines: [],
    rhythm: { kind: 'unknown' },
    silenceMsMax: 30_000,
    tsize: 'optional',
    repeatedOack: 'unknown',
    isErrorHeardAfterOack: false,
    source: "the maker's documentation of TFTP_FILE_TIMEOUT; never measured",
    note: 'The 30 s are for the whole file, its transfer included',
  },
]

/** 39 repeats; each wait is 20 ms longer than the one before. */
function grubMoments(): number[] {
  return Array.from({ length: 39 }, (_, index) => (index + 1) * 400 + index * (index + 1) * 10)
}
