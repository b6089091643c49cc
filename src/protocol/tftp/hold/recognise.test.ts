import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseGoldenFile } from '../../../../tools/record/golden-file.ts'
import { decodePacket } from '../packet.ts'
import type { TftpRequest } from '../server-events.ts'
import { clientProfiles } from './client-profiles.ts'
import { momentsOf } from './explain-hold.ts'
import { candidates } from './recognise.ts'

interface Recorded {
  readonly request: TftpRequest
  /** In ms since the first one. */
  readonly repeatsMs: number[]
}

/** The read requests of a capture, repeats joined. */
function recordedIn(file: string): Recorded[] {
  const found = new Map<string, Recorded & { readonly startSeconds: number }>()
  const url = new URL(`../../../../test/golden/${file}.hex`, import.meta.url)
  for (const { bytes, route } of parseGoldenFile(readFileSync(url, 'utf8'))) {
    if (route?.isFromClient !== true) continue
    const packet = decodePacket(bytes)
    if (packet.opcode !== 'rrq') continue
    const key = `${route.client} ${bytes.join(' ')}`
    const first = found.get(key)
    if (first) first.repeatsMs.push((route.seconds - first.startSeconds) * 1000)
    else found.set(key, { request: packet.request, repeatsMs: [], startSeconds: route.seconds })
  }
  return [...found.values()]
}

function asking(...options: (readonly [string, string])[]): TftpRequest {
  const filename = Uint8Array.of(97)
  return { kind: 'read', filename, mode: 'octet', options: new Map(options) }
}

function named(request: TftpRequest, seen: { repeatsMs: number[]; heldMs: number }): string[] {
  return candidates(request, seen).map(({ name }) => name)
}

/** Captures of clients that wait; `alone` where its requests can be no other's. */
const waiting = [
  { file: 'cli-atftp', name: 'atftp' },
  { file: 'cli-busybox', name: 'busybox', alone: true },
  { file: 'cli-curl', name: 'curl' },
  { file: 'cli-erlang', name: 'otp', alone: true },
  { file: 'cli-go-pin', name: 'go-pin' },
  { file: 'cli-node', name: 'npm-tftp', alone: true },
  { file: 'cli-tftp-hpa', name: 'tftp-hpa' },
  { file: 'edk2-pxe-silent-15', name: 'edk2-probe', alone: true },
  { file: 'edk2-pxe-silent-60', name: 'edk2-probe', alone: true },
  { file: 'hold-grub', name: 'grub', alone: true },
  { file: 'hold-ipxe', name: 'ipxe', alone: true },
  { file: 'hold-lpxelinux', name: 'pxelinux', alone: true },
  { file: 'hold-pxelinux', name: 'pxelinux', alone: true },
  { file: 'hold-uboot', name: 'u-boot', alone: true },
  { file: 'slof-silent-10', name: 'slof' },
  { file: 'slof-silent-60', name: 'slof' },
]

for (const { file, name, alone = false } of waiting) {
  test(`candidates keeps ${name} by the requests and repeats in ${file}`, () => {
    const recorded = recordedIn(file).filter(({ repeatsMs }) => repeatsMs.length > 1)
    // GRUB is loaded by a ROM that waits for nothing in these captures.
    assert.ok(recorded.length > 0, 'the client repeats itself')
    for (const { request, repeatsMs } of recorded) {
      for (const [index, heldMs] of repeatsMs.entries()) {
        const seen = { repeatsMs: repeatsMs.slice(0, index + 1), heldMs }
        assert.ok(named(request, seen).includes(name), `${name} is lost at ${heldMs} ms`)
      }
      const heldMs = (repeatsMs.at(-1) ?? 0) + 50
      if (alone) assert.deepEqual(named(request, { repeatsMs, heldMs }), [name])
    }
  })
}

test('candidates keeps UEFI whose timers stretch while it starves', () => {
  const held = recordedIn('hold-edk2-shell').filter(({ repeatsMs }) => repeatsMs.length > 0)
  assert.ok(held.some(({ repeatsMs }) => (repeatsMs[0] ?? 0) > 6800))
  for (const { request, repeatsMs } of held) {
    const heldMs = (repeatsMs.at(-1) ?? 0) + 50
    assert.deepEqual(named(request, { repeatsMs, heldMs }), ['edk2-probe'])
  }
})

test('candidates knows by the option line who was never seen to repeat itself', () => {
  const lines: readonly (readonly [string, string])[] = [
    ['cli-java', 'commons-net'],
    ['cli-perl', 'net-tftp'],
    ['edk2-pxe6', 'edk2-probe'],
    ['edk2-pxe6', 'edk2-read'],
    ['syslinux-efi', 'syslinux-efi'],
    ['uboot-arm64', 'u-boot'],
    ['uboot-x86', 'u-boot'],
  ]
  for (const [file, name] of lines) {
    const requests = recordedIn(file)
    const fits = ({ request }: Recorded): boolean =>
      named(request, { repeatsMs: [], heldMs: 0 }).includes(name)
    assert.ok(requests.some(fits), `${name} in ${file}`)
  }
})

test('every profile that is recognised stays a candidate in its own rhythm, and loss of one', () => {
  for (const profile of clientProfiles) {
    const moments = momentsOf(profile)
    for (const line of profile.optionLines) {
      const options = line.map(({ name, value }) => [name, value ?? '1024'] as const)
      const without = (lost: number) => moments.filter((_, index) => index !== lost)
      for (const repeatsMs of [moments, ...moments.map((_, index) => without(index))]) {
        for (const heldMs of repeatsMs) {
          const seen = { repeatsMs: repeatsMs.filter((at) => at <= heldMs), heldMs }
          assert.ok(named(asking(...options), seen).includes(profile.name), profile.name)
        }
      }
    }
  }
})

const tsize = ['tsize', '0'] as const

test('candidates tells tsize alone by the rhythm, and leaves it open before', () => {
  const request = asking(tsize)
  const open = named(request, { repeatsMs: [], heldMs: 60 })
  for (const name of ['busybox', 'otp', 'edk2-probe']) assert.ok(open.includes(name), name)
  assert.deepEqual(named(request, { repeatsMs: [100], heldMs: 100 }), ['busybox'])
  assert.deepEqual(named(request, { repeatsMs: [4050], heldMs: 4050 }), ['edk2-probe'])
  assert.deepEqual(named(request, { repeatsMs: [3000, 6010], heldMs: 6010 }), ['otp'])
})

test('candidates tells U-Boot with lwIP from an old UEFI before its short limit', () => {
  const request = asking(tsize, ['blksize', '1468'])
  const open = named(request, { repeatsMs: [], heldMs: 500 })
  for (const name of ['u-boot-lwip', 'edk2-probe']) assert.ok(open.includes(name), name)
  assert.deepEqual(named(request, { repeatsMs: [1002], heldMs: 1002 }), ['u-boot-lwip'])
  assert.ok(!named(request, { repeatsMs: [], heldMs: 4000 }).includes('u-boot-lwip'))
  assert.deepEqual(named(request, { repeatsMs: [4050], heldMs: 4050 }), ['edk2-probe'])
})

test('candidates bears one lost repeat and drops who has missed two for long', () => {
  const request = asking(['blksize', '1432'], tsize)
  assert.ok(named(request, { repeatsMs: [750], heldMs: 750 }).includes('ipxe'))
  assert.ok(named(request, { repeatsMs: [250], heldMs: 1900 }).includes('ipxe'))
  assert.ok(!named(request, { repeatsMs: [250], heldMs: 4000 }).includes('ipxe'))
})

test('candidates takes a copy made by the network for no repeat', () => {
  const request = asking(['timeout', '5'], ['blksize', '1468'])
  assert.deepEqual(named(request, { repeatsMs: [3, 5010], heldMs: 5020 }), ['u-boot'])
})

test('candidates is empty for a line or a rhythm that nobody has', () => {
  assert.deepEqual(named(asking(['x-vendor', '1']), { repeatsMs: [], heldMs: 0 }), [])
  const grub = asking(['blksize', '1024'], tsize)
  assert.deepEqual(named(grub, { repeatsMs: [1900, 2000, 2100], heldMs: 2100 }), [])
  assert.deepEqual(named(asking(['Tsize', '0']), { repeatsMs: [], heldMs: 0 }), [])
})

test('candidates never finds somebody again by looking at one more repeat', () => {
  const line = fc.constantFrom(...clientProfiles.flatMap(({ optionLines }) => optionLines))
  const waits = fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 14 })
  fc.assert(
    fc.property(line, waits, (options, waitsMs) => {
      const request = asking(...options.map(({ name, value }) => [name, value ?? '1'] as const))
      let before = named(request, { repeatsMs: [], heldMs: 0 })
      const repeatsMs: number[] = []
      for (const waitMs of waitsMs) {
        const heldMs = (repeatsMs.at(-1) ?? 0) + waitMs
        repeatsMs.push(heldMs)
        const now = named(request, { repeatsMs, heldMs })
        assert.ok(now.every((name) => before.includes(name)))
        before = now
      }
    }),
  )
})
