import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findKit } from '../../src/kits/find-kit.ts'
import type { Kit } from '../../src/kits/read-kit.ts'
import { decodePacket } from '../../src/protocol/tftp/packet.ts'
import type { TftpRequest } from '../../src/protocol/tftp/server-events.ts'
import { RawClient } from '../../src/testing/raw-client.ts'
import { pairsOf, receiveFile } from '../../src/testing/tftp-reader.ts'
import { parseGoldenFile } from '../../tools/record/golden-file.ts'
import { type StartedKits, startKits } from './started-kits.ts'

// Goal: real firmware gets what it needs from the sites of the kits. Method: the requests of
// recorded starts, byte for byte and in their order, against the real server. Names that the
// recording's server did not have must be missing; what it had, and the site does not make, is
// brought along as a stand-in of the same length.

const RECORDINGS = [
  'pxelinux',
  'grub-bios',
  'grub-efi-signed',
  'grub-efi-arm64',
  'ipxe-bios',
  'edk2-pxe6',
  'uboot-x86',
  'uboot-arm64',
] as const

/** What the sites make themselves, and what the firmware then reads in it. */
const MADE: Readonly<Record<string, RegExp>> = {
  'pxelinux.cfg/default': /^DEFAULT local\n[^]*LOCALBOOT 0\n$/,
  '/boot/grub/grub.cfg': /^set timeout=3\nmenuentry 'Local disk' \{\n {2}exit\n\}\n$/,
  '/grub/grub.cfg': /^configfile \/grub\/grub\.cfg-01-\$net_default_mac\n/,
  'boot.ipxe': /^#!ipxe\nchain --replace ipxe\/\$\{net0\/mac:hexhyp\}\.ipxe/,
}

/** Longest stand-in: a recording has a file of 33 MiB. */
const STAND_IN_BYTES_MAX = 100_000
/** Where the recording does not say the size. */
const UNKNOWN_BYTES = 1000

/** A request as it was on the wire, and what became of it then. */
interface Recorded {
  readonly bytes: Uint8Array
  readonly request: TftpRequest
  readonly name: string
  readonly wasMissing: boolean
  /** What the server said of the size. */
  readonly sizeBytes: number | undefined
  /** The client's ERROR in place of ACK 0. */
  readonly stop: Uint8Array | undefined
}

function recordedIn(file: string): Recorded[] {
  const text = readFileSync(new URL(`../golden/${file}.hex`, import.meta.url), 'utf8')
  const recorded: Recorded[] = []
  let latest = -1
  for (const { bytes, route } of parseGoldenFile(text)) {
    const packet = decodePacket(bytes)
    if (packet.opcode === 'rrq') {
      const name = new TextDecoder().decode(packet.request.filename)
      const { request } = packet
      const none = { wasMissing: false, sizeBytes: undefined, stop: undefined }
      latest = recorded.push({ bytes, request, name, ...none }) - 1
    }
    const one = recorded[latest]
    if (one === undefined) continue
    if (packet.opcode === 'error') {
      const isStop = route?.isFromClient === true
      recorded[latest] = { ...one, wasMissing: !isStop, stop: isStop ? bytes : undefined }
    } else if (packet.opcode === 'oack') {
      const size = packet.options.get('tsize')
      if (size !== undefined) recorded[latest] = { ...one, sizeBytes: Number(size) }
    }
  }
  return recorded
}

const recordings = new Map(RECORDINGS.map((file) => [file, recordedIn(file)]))

/** Machines of the recordings, known in the second part. */
const captured = { id: 'captured', macs: ['52:54:00:12:34:56'], classes: ['pxelinux', 'grub'] }
const names = ['pxelinux', 'grub', 'ipxe', 'uefi', 'uboot']
const kits: readonly Kit[] = await Promise.all(names.map(findKit))

/** Files that the recordings' server had, by their names without a slash before them. */
const standIns = new Map<string, Buffer>()
for (const { name, wasMissing, sizeBytes } of [...recordings.values()].flat()) {
  const file = name.replace(/^\//, '')
  if (wasMissing || Object.hasOwn(MADE, name) || standIns.has(file)) continue
  const length = Math.min(sizeBytes ?? UNKNOWN_BYTES, STAND_IN_BYTES_MAX)
  standIns.set(file, length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, `${name}\n`))
}

async function started(used: readonly Kit[]): Promise<StartedKits> {
  const site = await startKits(used)
  for (const [name, bytes] of standIns) {
    const path = join(site.folder, 'files', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
  }
  return site
}

/** Plays one request and what follows it. @returns What the firmware has afterwards. */
async function play({ bytes, stop }: Recorded, port: number) {
  await using client = await RawClient.open()
  client.send(Buffer.from(bytes), port)
  if (stop === undefined || stop[3] !== 8) return await receiveFile(client)
  const reply = await client.reply()
  assert.equal(reply.bytes.readUInt16BE(0), 6, 'an OACK')
  client.send(Buffer.from(stop), reply.port)
  return { bytes: Buffer.alloc(0), error: undefined, options: pairsOf(reply.bytes) }
}

/** Options must be those that were asked, in that order; a size is left out where it is 0. */
function assertOptions(
  { request, name }: Recorded,
  options: readonly string[],
  sizeBytes: number,
): void {
  const expected = [...request.options].flatMap(([option, asked]) => {
    if (option !== 'tsize') return [`${option}=${asked}`]
    return sizeBytes === 0 ? [] : [`tsize=${sizeBytes}`]
  })
  assert.deepEqual(options, expected, name)
}

describe('recorded firmware that is not in the inventory', () => {
  let site: StartedKits
  before(async () => {
    site = await started(kits)
  })
  after(() => site[Symbol.asyncDispose]())

  for (const [file, recorded] of recordings) {
    test(`${file}: each of ${recorded.length} requests is answered as its firmware needs`, async () => {
      const port = site.server.tftp[0]?.port ?? 0
      const probed = new Map<string, string>()
      for (const one of recorded) {
        const { bytes, error, options } = await play(one, port)
        assert.equal(error, one.wasMissing ? 1 : undefined, one.name)
        if (one.wasMissing) continue
        const size = options.find((option) => option.startsWith('tsize='))
        if (one.stop?.[3] === 8) {
          assert.ok(size, `${one.name} without a size`)
          probed.set(one.name, size)
          continue
        }
        assertOptions(one, options, bytes.length)
        const probe = probed.get(one.name)
        if (probe !== undefined) assert.equal(`tsize=${bytes.length}`, probe, one.name)
        const { [one.name]: made } = MADE
        if (made !== undefined) assert.match(bytes.toString(), made)
        else assert.deepEqual(bytes, standIns.get(one.name.replace(/^\//, '')), one.name)
      }
    })
  }
})

test('recorded PXELINUX and GRUB find their menu by MAC once they are in the inventory', async () => {
  const [first, ...others] = kits
  assert.ok(first)
  const known = { ...captured, addresses: [], values: {}, state: 'active' as const }
  const devices = [...first.inventory.devices, known]
  const { classes } = first.inventory
  await using site = await started([{ ...first, inventory: { classes, devices } }, ...others])
  const port = site.server.tftp[0]?.port ?? 0
  for (const [file, menu] of [
    ['pxelinux', /^DEFAULT linux\n[^]*KERNEL linux\/vmlinuz\n/],
    ['grub-bios', /^set default=linux\n[^]*linux \/linux\/vmlinuz quiet\n/],
    ['grub-efi-arm64', /^set default=linux\n/],
  ] as const) {
    const asked = recordings.get(file)?.find(({ name }) => name.includes('01-52-54-00-12-34-56'))
    assert.ok(asked, file)
    const { bytes, error, options } = await play(asked, port)
    assert.equal(error, undefined)
    assert.match(bytes.toString(), menu)
    assertOptions(asked, options, bytes.length)
  }
})
