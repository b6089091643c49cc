import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { TftpRequest } from '../server-events.ts'
import type { ClientProfile } from './client-profile.ts'
import { clientProfiles, profileNamed } from './client-profiles.ts'
import { momentsOf } from './explain-hold.ts'
import { Hold, type HoldStep } from './hold.ts'
import { candidates } from './recognise.ts'

type Options = readonly (readonly [string, string])[]

function asking(options: Options): TftpRequest {
  const filename = Uint8Array.of(97)
  return { kind: 'read', filename, mode: 'octet', options: new Map(options) }
}

function profile(name: string): ClientProfile {
  return profileNamed(name) ?? assert.fail(name)
}

const lines: Readonly<Record<string, Options>> = {
  busybox: [
    ['blksize', '1400'],
    ['tsize', '0'],
  ],
  ipxe: [
    ['blksize', '1432'],
    ['tsize', '0'],
  ],
  curl: [
    ['tsize', '0'],
    ['blksize', '512'],
    ['timeout', '6'],
  ],
  'u-boot-lwip': [
    ['tsize', '0'],
    ['blksize', '1468'],
  ],
  'edk2-probe': [
    ['tsize', '0'],
    ['blksize', '1468'],
    ['windowsize', '4'],
  ],
  'edk2-read': [
    ['blksize', '1468'],
    ['windowsize', '4'],
  ],
  grub: [
    ['blksize', '1024'],
    ['tsize', '0'],
  ],
  pxelinux: [
    ['tsize', '0'],
    ['blksize', '1408'],
  ],
  'u-boot': [
    ['timeout', '5'],
    ['blksize', '1468'],
  ],
  slof: [['blksize', '1428']],
  'tftp-hpa': [],
}

/** A hold that has seen a client repeat itself until `untilMs`. */
function heldAs(name: string, untilMs: number, options = lines[name] ?? []): Hold {
  const hold = new Hold({ request: asking(options), startedAt: 0 })
  for (const at of momentsOf(profile(name))) if (at <= untilMs) hold.repeated(at)
  return hold
}

function step(hold: Hold, now: number, isSizeKnown = false): HoldStep | undefined {
  return hold.next({ now, isSizeKnown })
}

describe('Hold, with the size unknown', () => {
  const plans: readonly { name: string; untilMs: number; kind: HoldStep['kind']; at: number }[] = [
    { name: 'busybox', untilMs: 7000, kind: 'oack', at: 8400 },
    { name: 'ipxe', untilMs: 4000, kind: 'oack', at: 7200 },
    { name: 'edk2-read', untilMs: 13_000, kind: 'oack', at: 18_000 },
    { name: 'u-boot-lwip', untilMs: 3100, kind: 'oack', at: 4300 },
    { name: 'curl', untilMs: 70_000, kind: 'oack', at: 280_000 },
    { name: 'edk2-probe', untilMs: 13_000, kind: 'late', at: 22_000 },
    { name: 'grub', untilMs: 9000, kind: 'late', at: 30_600 },
    { name: 'pxelinux', untilMs: 9000, kind: 'late', at: 129_830 },
    { name: 'u-boot', untilMs: 16_000, kind: 'late', at: 54_000 },
    // In this rhythm it may be UEFI's read, which gives up a second earlier.
    { name: 'slof', untilMs: 13_000, kind: 'late', at: 22_000 },
  ]
  for (const { name, untilMs, kind, at } of plans) {
    test(`Hold plans "${kind}" for ${name} at ${at} ms`, () => {
      assert.deepEqual(step(heldAs(name, untilMs), untilMs), { kind, at })
    })
  }

  test('Hold is silent as long as it may be a client that dies of an OACK', () => {
    const hold = new Hold({ request: asking([['blksize', '1468']]), startedAt: 0 })
    for (const at of [5010, 10_020, 15_030]) hold.repeated(at)
    assert.match(hold.profileName, /atftp/)
    assert.equal(step(hold, 18_500)?.kind, 'late')
  })

  test('Hold never plans an OACK for a request without options', () => {
    const options = { request: asking([]), startedAt: 0 }
    assert.deepEqual(step(new Hold({ ...options, profile: profile('ipxe') }), 8000), {
      kind: 'late',
      at: 14_750,
    })
    assert.equal(step(new Hold(options), 0)?.kind, 'late')
  })

  test('Hold takes UEFI configured without its phase for the probe when it asks for tsize', () => {
    const request = asking(lines['edk2-probe'] ?? [])
    const hold = new Hold({ request, startedAt: 0, profile: profile('edk2') })
    assert.deepEqual(step(hold, 17_000), { kind: 'late', at: 22_000 })
    assert.deepEqual(step(hold, 17_000, true), { kind: 'oack', at: 18_000 })
  })
})

describe('Hold, with the size known', () => {
  test('Hold gives UEFI its size before it gives up, but leaves GRUB alone', () => {
    assert.deepEqual(step(heldAs('edk2-probe', 13_000), 13_000, true), { kind: 'oack', at: 18_000 })
    assert.equal(step(heldAs('grub', 13_000), 13_000, true)?.kind, 'late')
  })

  test('Hold knows by an ACK that it was not the probe', () => {
    const options = [
      ['tsize', '0'],
      ['blksize', '1468'],
    ] as const
    const hold = new Hold({ request: asking(options), startedAt: 0, profile: profile('edk2-read') })
    hold.oackSent(18_000)
    hold.alive(18_020)
    assert.deepEqual(step(hold, 18_030, true), { kind: 'oack', at: 19_000 })
  })
})

describe('Hold, once an OACK has left', () => {
  test('Hold repeats it each second to a client that has answered, which is never late', () => {
    const hold = heldAs('ipxe', 4000)
    hold.oackSent(7200)
    assert.equal(step(hold, 7210)?.kind, 'late')
    assert.equal(hold.limitMs(), 15_750)
    hold.alive(7220)
    assert.equal(hold.limitMs(), undefined)
    assert.deepEqual(step(hold, 7230), { kind: 'oack', at: 8200 })
    hold.oackSent(8205)
    // An ACK 0 calls for nothing: answering each would make a storm.
    hold.alive(8210)
    assert.deepEqual(step(hold, 60_000), { kind: 'oack', at: 9205 })
  })

  test('Hold sends it again to a client that asks again: it was lost', () => {
    const hold = heldAs('ipxe', 4000)
    hold.oackSent(7200)
    hold.repeated(7750)
    assert.deepEqual(step(hold, 7750), { kind: 'oack', at: 8200 })
    hold.oackSent(8200)
    assert.equal(step(hold, 8300)?.kind, 'late')
  })

  test('Hold does not repeat it to U-Boot with lwIP, which gains from 6 to 10 s', () => {
    const hold = heldAs('u-boot-lwip', 4100)
    hold.oackSent(4300)
    hold.alive(4310)
    assert.equal(hold.limitMs(), 10_000)
    assert.deepEqual(step(hold, 5400), { kind: 'late', at: 9000 })
  })

  test('Hold does not think that the repeats are missing which the OACK has stopped', () => {
    const hold = heldAs('ipxe', 4000)
    hold.oackSent(7200)
    hold.alive(7220)
    assert.deepEqual([step(hold, 90_000)?.kind, hold.profileName], ['oack', 'ipxe'])
  })

  test('Hold keeps BusyBox by an empty OACK each second, to which it never answers', () => {
    const hold = heldAs('busybox', 7000, [['tsize', '0']])
    assert.deepEqual(step(hold, 7000), { kind: 'oack', at: 8400 })
    hold.oackSent(8400)
    assert.deepEqual(step(hold, 8410), { kind: 'oack', at: 9400 })
    assert.equal(hold.limitMs(), undefined)
  })

  test('Hold gives the answer to an OACK its time before the client counts as late', () => {
    const hold = heldAs('ipxe', 4000)
    hold.oackSent(14_740)
    assert.deepEqual(step(hold, 14_760), { kind: 'late', at: 15_240 })
  })
})

describe('Hold, of whom nothing is known', () => {
  test('Hold of an unknown client is late at 10 s, and its limit is not known', () => {
    const hold = new Hold({ request: asking([['x-vendor', '1']]), startedAt: 500 })
    assert.deepEqual(step(hold, 500, true), { kind: 'late', at: 10_500 })
    assert.equal(hold.profileName, 'unknown')
    hold.lateTold()
    assert.equal(step(hold, 11_000, true), undefined)
  })

  test('Hold asks for patience again when the one that was short of it is ruled out', () => {
    const hold = new Hold({ request: asking(lines['u-boot-lwip'] ?? []), startedAt: 0 })
    assert.deepEqual(step(hold, 0), { kind: 'late', at: 5500 })
    // Five requests of U-Boot with lwIP would be there by now.
    assert.deepEqual(step(hold, 5500), { kind: 'late', at: 22_000 })
  })

  test('Hold names one, or a few, or nobody', () => {
    assert.equal(heldAs('ipxe', 8000).profileName, 'ipxe')
    const two = new Hold({ request: asking(lines['edk2-read'] ?? []), startedAt: 0 })
    assert.equal(two.profileName, 'edk2-read or atftp')
    assert.equal(new Hold({ request: asking([]), startedAt: 0 }).profileName, 'unknown')
  })

  test('Hold believes a configured profile whatever it sees', () => {
    const request = asking(lines['ipxe'] ?? [])
    const hold = new Hold({ request, startedAt: 0, profile: profile('ipxe') })
    for (const at of [33, 66, 99, 4000]) hold.repeated(at)
    assert.equal(hold.profileName, 'ipxe')
    assert.deepEqual(step(hold, 4100), { kind: 'oack', at: 7200 })
  })
})

/** What may happen to a hold, `waitMs` after what happened before. */
type Happening = { readonly waitMs: number; readonly what: 'repeat' | 'alive' | 'look' | 'size' }

const happenings = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 9000 })),
    what: fc.constantFrom<Happening['what'][]>('repeat', 'repeat', 'alive', 'look', 'size'),
  }),
  { maxLength: 40 },
)
const anyOptions = fc.constantFrom<Options[]>(...Object.values(lines), [['tsize', '0']])

/** Lets things happen, does what the hold wants when it wants it, and says what was done. */
function live(hold: Hold, all: readonly Happening[], on: (step: HoldStep, now: number) => void) {
  let now = 0
  let isSizeKnown = false
  for (const { waitMs, what } of all) {
    const until = now + waitMs
    for (let asked = 0; ; asked += 1) {
      assert.ok(asked < 40, 'next comes to an end')
      const found = hold.next({ now, isSizeKnown })
      if (found === undefined || found.at > until) break
      if (found.at > now) {
        now = found.at
        continue
      }
      on(found, now)
      if (found.kind === 'oack') hold.oackSent(now)
      else hold.lateTold()
    }
    now = until
    if (what === 'repeat') hold.repeated(now)
    if (what === 'alive') hold.alive(now)
    if (what === 'size') isSizeKnown = true
  }
}

test('Hold sends no first OACK to a set with a client that dies of it, whatever happens', () => {
  fc.assert(
    fc.property(anyOptions, happenings, (options, all) => {
      const request = asking(options)
      const hold = new Hold({ request, startedAt: 0 })
      const repeatsMs: number[] = []
      let isFirst = true
      let elapsedMs = 0
      let isSizeKnown = false
      for (const { waitMs, what } of all) {
        elapsedMs += waitMs
        const found = hold.next({ now: elapsedMs, isSizeKnown })
        if (isFirst && found?.kind === 'oack' && found.at <= elapsedMs) {
          const possible = candidates(request, { repeatsMs, heldMs: elapsedMs })
          assert.ok(possible.length > 0)
          for (const one of possible) {
            assert.ok(!['aborts', 'unknown'].includes(one.repeatedOack), one.name)
            assert.ok(one.isErrorHeardAfterOack, one.name)
            assert.ok(one.tsize !== 'needed' || isSizeKnown || !request.options.has('tsize'))
            assert.ok(elapsedMs < one.silenceMsMax, `${one.name} is gone`)
          }
          isFirst = false
          hold.oackSent(elapsedMs)
        }
        if (what === 'size') isSizeKnown = true
        if (what !== 'repeat') continue
        hold.repeated(elapsedMs)
        repeatsMs.push(elapsedMs)
      }
    }),
    { numRuns: 500 },
  )
})

test('Hold sends at most one OACK a second, and "late" once, never past the limit', () => {
  const given = fc.option(fc.constantFrom(...clientProfiles), { nil: undefined })
  fc.assert(
    fc.property(anyOptions, given, happenings, (options, chosen, all) => {
      const configured = chosen ? { profile: chosen } : {}
      const hold = new Hold({ request: asking(options), startedAt: 0, ...configured })
      let oackAt = -Infinity
      let lateCount = 0
      live(hold, all, (found, now) => {
        if (found.kind === 'oack') {
          assert.ok(now - oackAt >= 1000, `OACKs at ${oackAt} and ${now} ms`)
          oackAt = now
        } else {
          lateCount += 1
          assert.ok(found.at <= (hold.limitMs() ?? Infinity), 'late after the limit')
        }
      })
      assert.ok(lateCount <= 1)
    }),
    { numRuns: 500 },
  )
})
