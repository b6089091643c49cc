import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Peer, SocketId } from '../../base/datagram.ts'
import { memoryPeer } from '../../testing/memory-datagrams.ts'
import { patterned, request, TftpExchange } from '../../testing/tftp-exchange.ts'
import { decodeRequest, encodeAck, encodeError } from './packet.ts'
import type { ReadTransfer } from './server-events.ts'

// Goal: clients that use a port again are served what they ask now. Method: requests as real
// clients sent them, from the ports they used; what is said is told by the socket that says it.

const ADDRESS = '10.77.0.58'
const golden = join(import.meta.dirname, '..', '..', '..', 'test', 'golden')

interface Asked {
  readonly from: Peer
  readonly bytes: Uint8Array
  readonly name: string
}

/** The read requests of a capture, repeats included. */
function requestsOf(file: string): Asked[] {
  const text = readFileSync(join(golden, `${file}.hex`), 'utf8')
  return [...text.matchAll(/^\S+ \S+:(\d+) > \S+ (0001[0-9a-f]+)$/gm)].map(([, port, hex]) => {
    const bytes = Uint8Array.from(Buffer.from(hex ?? '', 'hex'))
    const name = new TextDecoder().decode(decodeRequest(bytes).filename)
    return { from: memoryPeer(ADDRESS, Number(port)), bytes, name }
  })
}

/** The first request for a name. */
function requestFor(file: string, name: string): Asked {
  const found = requestsOf(file).find((asked) => asked.name === name)
  if (found === undefined) throw new TypeError(`Nobody asks for ${name}`)
  return found
}

/** An exchange with one device. */
class Device {
  readonly exchange = new TftpExchange()

  get reads(): readonly ReadTransfer[] {
    return this.exchange.reads
  }

  get read(): ReadTransfer {
    return this.exchange.read
  }

  get outcomes(): readonly string[] {
    return this.exchange.outcomes
  }

  ask({ from, bytes }: Pick<Asked, 'from' | 'bytes'>, socket: SocketId = 0): string[] {
    return brief(this.exchange.receive(bytes, { from, socket }))
  }

  ack(blockNumber: number, { peer, socket } = this.read): string[] {
    return brief(this.exchange.receive(encodeAck(blockNumber), { from: peer, socket }))
  }

  /** The bytes of a read are there. */
  serve(bytes: number, read = this.read): string[] {
    read.begin({ sizeBytes: bytes }, this.exchange.now)
    read.push(patterned(bytes), this.exchange.now)
    read.end(this.exchange.now)
    return brief(this.exchange.said())
  }

  refuse(): void {
    this.read.refuse('FILE_NOT_FOUND', 'Not found', this.exchange.now)
    assert.match(this.exchange.said().join(), /ERROR 1 Not found/)
  }

  /** Takes a file of one block to its end. */
  deliver(): void {
    const { read } = this
    this.serve(100)
    if (read.acknowledged.size > 0) this.ack(0, read)
    this.ack(1, read)
    assert.equal(this.outcomes.at(-1), 'delivered')
  }
}

/** Without the peer and the values: `1 DATA 1`, `2 OACK`. */
function brief(said: readonly string[]): string[] {
  return said.map((line) => line.replace(/^(\d+)>\S*/, '$1').replace(/( OACK| DATA \d+) .*/, '$1'))
}

describe('ServerEndpoint and lpxelinux: one port for all its files', () => {
  const file = 'hold-lpxelinux'

  test('ServerEndpoint serves lpxelinux file after file, misses between them', () => {
    const device = new Device()
    let latest = ''
    const asked = requestsOf(file).filter(({ from }) => from.port === 49_153)
    for (const one of asked.slice(0, 12)) {
      assert.notEqual(one.name, latest)
      latest = one.name
      assert.deepEqual(device.ask(one), [])
      if (/cfg\/0/.test(one.name)) device.refuse()
      else device.deliver()
    }
    assert.equal(device.reads.length, 12)
    assert.deepEqual(new Set(device.outcomes), new Set(['delivered', 'refused']))
    assert.deepEqual(device.exchange.dropped, [])
  })

  test("ServerEndpoint takes lpxelinux's request that overtakes its last ACK for the next", () => {
    const device = new Device()
    device.ask(requestFor(file, 'ldlinux.c32'))
    const first = device.read
    device.serve(100)
    device.ack(0)
    device.ask(requestFor(file, 'pxelinux.cfg/default'))
    assert.deepEqual(device.ack(1, first), [], 'the last ACK says nothing to the next transfer')
    assert.deepEqual(device.serve(100), ['2 OACK'])
    assert.deepEqual(device.ack(0), ['2 DATA 1'])
    device.ack(1)
    assert.deepEqual(device.outcomes, ['replaced', 'delivered'])
  })

  test('ServerEndpoint serves what lpxelinux asks after it gave up in mid-transfer', () => {
    const device = new Device()
    device.ask(requestFor(file, 'ldlinux.c32'))
    device.serve(100_000)
    device.ack(0)
    device.ack(1)
    const first = device.read
    device.ask(requestFor(file, 'pxelinux.cfg/default'))
    assert.deepEqual(device.outcomes, ['replaced'])
    assert.deepEqual(brief(device.exchange.pass(60_000)), [], 'the old one is not repeated')
    assert.equal(first.isOver, true)
    device.deliver()
  })

  test('ServerEndpoint swallows all repeats of lpxelinux while the file is made', () => {
    const device = new Device()
    const repeats = requestsOf(file).filter(({ name }) => name === 'hold-silent-20.cfg')
    for (const one of repeats) assert.deepEqual(device.ask(one), [])
    assert.equal(device.reads.length, 1)
    assert.equal(device.read.stats.repeats, repeats.length - 1)
    assert.equal(repeats.length, 20)
    device.deliver()
  })
})

const reboots: readonly [string, Asked, Asked][] = [
  [
    'PXELINUX',
    requestFor('pxelinux', 'ldlinux.c32'),
    { ...requestFor('hold-pxelinux', 'hold-silent-5.cfg'), from: memoryPeer(ADDRESS, 49_152) },
  ],
  [
    'GRUB',
    requestFor('grub-bios', '/boot/grub/grub.cfg-01-52-54-00-12-34-56'),
    { ...requestFor('hold-grub', '/hold-silent-5.txt'), from: memoryPeer(ADDRESS, 25_300) },
  ],
]

describe('ServerEndpoint and machines that begin at the same port at every boot', () => {
  for (const [who, first, other] of reboots) {
    test(`ServerEndpoint swallows ${who}'s request after a reboot in mid-hold`, () => {
      const device = new Device()
      device.ask(first)
      device.exchange.pass(20_000)
      assert.deepEqual(device.ask(first), [])
      assert.equal(device.reads.length, 1)
      assert.equal(device.read.stats.repeats, 1)
      device.deliver()
    })

    test(`ServerEndpoint drops ${who}'s held file when another is asked after a reboot`, () => {
      const device = new Device()
      device.ask(first)
      const held = device.read
      device.ask(other)
      assert.deepEqual(device.outcomes, ['replaced'])
      assert.equal(device.exchange.endpoint.transferCount, 1)
      assert.deepEqual(device.serve(5000, held), [], 'bytes of the old one go nowhere')
      assert.equal(device.read.request.filename.length, other.name.length)
      device.deliver()
      assert.deepEqual(device.outcomes, ['replaced', 'delivered'])
    })

    test(`ServerEndpoint swallows ${who}'s request after a reboot before the first ACK`, () => {
      const device = new Device()
      device.ask(first)
      device.serve(5000)
      assert.deepEqual(device.ask(first), [])
      assert.equal(device.reads.length, 1)
      assert.deepEqual(brief(device.exchange.pass(1500)), ['1 OACK'], 'the timer answers it')
      assert.deepEqual(device.ack(0), ['1 DATA 1'])
    })

    test(`ServerEndpoint serves ${who} the same file anew after a reboot in mid-transfer`, () => {
      const device = new Device()
      device.ask(first)
      device.serve(50_000)
      device.ack(0)
      device.ack(1)
      const before = device.read
      device.exchange.pass(250)
      assert.deepEqual(device.ask(first), [])
      assert.deepEqual([before.isOver, device.reads.length], [true, 2])
      assert.deepEqual(device.ack(2, before), [], 'an ACK to the old one is silent')
      assert.deepEqual(device.serve(50_000), ['2 OACK'])
      assert.deepEqual(device.ack(0), ['2 DATA 1'])
    })

    test(`ServerEndpoint serves ${who} another file after a reboot in mid-transfer`, () => {
      const device = new Device()
      device.ask(first)
      device.serve(50_000)
      device.ack(0)
      const before = device.read
      device.ask(other)
      assert.deepEqual(device.ack(1, before), [])
      assert.deepEqual(brief(device.exchange.pass(40_000)), [])
      device.deliver()
      assert.deepEqual(device.outcomes, ['replaced', 'delivered'])
    })
  }
})

describe("ServerEndpoint and GRUB, which repeats its request at the transfer's own port", () => {
  const asked = requestFor('hold-grub', '/hold-silent-20.txt')

  test('ServerEndpoint does nothing but count it, before and after ACKs', () => {
    const device = new Device()
    device.ask(asked)
    device.serve(5000)
    const { socket } = device.read
    assert.deepEqual(device.ask(asked, socket), [])
    for (const blockNumber of [0, 1, 2]) {
      assert.deepEqual(device.ack(blockNumber), [`${socket} DATA ${blockNumber + 1}`])
      assert.deepEqual(device.ask(asked, socket), [])
    }
    assert.equal(device.reads.length, 1)
    assert.equal(device.read.stats.repeats, 4)
    assert.deepEqual(device.outcomes, [])
  })

  test('ServerEndpoint does not let it hold a transfer whose ACKs do not come', () => {
    const device = new Device()
    device.ask(asked)
    device.serve(5000)
    for (let second = 0; second < 31; second += 1) {
      device.exchange.pass(1000)
      if (device.outcomes.length === 0) device.ask(asked, device.read.socket)
    }
    assert.deepEqual(device.outcomes, ['timed-out'])
  })
})

describe('ServerEndpoint and U-Boot', () => {
  test('ServerEndpoint serves U-Boot at a port of its small range that it used before', () => {
    const device = new Device()
    const from = memoryPeer(ADDRESS, 1038)
    for (const { bytes } of requestsOf('uboot-arm64').filter(({ name }) => name !== 'dtb/')) {
      device.ask({ from, bytes })
      const before = device.read
      device.deliver()
      assert.deepEqual(device.ack(1, before), [], 'a last ACK that comes twice is silent')
    }
    assert.equal(new Set(device.outcomes).size, 1)
    assert.equal(device.reads.length, 7)
  })

  test('ServerEndpoint serves the file that U-Boot has just had once more', () => {
    const device = new Device()
    const asked = requestFor('uboot-x86', 'f32768')
    for (let times = 0; times < 3; times += 1) {
      device.ask(asked)
      device.deliver()
    }
    assert.equal(device.reads.length, 3)
  })

  test('ServerEndpoint answers U-Boot with lwIP, which hears any port, from one port alone', () => {
    const device = new Device()
    const repeats = requestsOf('hold-uboot').filter(({ name }) => name === 'hold-silent-90.txt')
    assert.equal(repeats.length, 11)
    const said: string[] = []
    for (const one of repeats.slice(0, 4)) {
      said.push(...device.ask(one), ...brief(device.exchange.pass(5000)))
    }
    said.push(...device.serve(5000))
    for (const one of repeats.slice(4, 8)) {
      said.push(...device.ask(one), ...brief(device.exchange.pass(1000)))
    }
    said.push(...device.ack(0))
    assert.equal(device.reads.length, 1)
    assert.deepEqual(new Set(said.map((line) => line.split(' ')[0])), new Set(['1']))
  })

  test('ServerEndpoint silences the old session of U-Boot before a new one speaks', () => {
    const device = new Device()
    const asked = requestFor('hold-uboot', 'hold-silent-20.txt')
    device.ask(asked)
    device.serve(50_000)
    device.ack(0)
    device.exchange.pass(250)
    device.ask(asked)
    assert.equal(device.exchange.endpoint.transferCount, 1)
    device.serve(50_000)
    const said = brief(device.exchange.pass(20_000))
    assert.deepEqual(new Set(said), new Set(['2 OACK']))
  })
})

describe('ServerEndpoint and tftp-hpa: one socket for a whole session', () => {
  const asked = requestFor('cli-tftp-hpa', 'hold-silent-20-tftp-hpa.bin')

  test('ServerEndpoint serves gets and puts of one port in any order', () => {
    const device = new Device()
    const put = { from: asked.from, bytes: request('write', 'upload') }
    device.ask(asked)
    device.deliver()
    device.ask(asked)
    device.deliver()
    device.ask(put)
    const { write } = device.exchange
    write.accept({}, device.exchange.now)
    const last = Uint8Array.of(0, 3, 0, 1, 7)
    device.exchange.receive(last, { from: asked.from, socket: write.socket })
    write.finish(device.exchange.now)
    device.exchange.said()
    device.ask(asked)
    device.deliver()
    assert.deepEqual(device.outcomes, Array(4).fill('delivered'))
  })

  test('ServerEndpoint lets the next get replace the one that was interrupted', () => {
    const device = new Device()
    device.ask(asked)
    const held = device.read
    device.ask({ from: asked.from, bytes: request('read', 'next') })
    assert.deepEqual(device.serve(2000, held), [])
    assert.deepEqual(device.serve(2000), ['2 DATA 1'])
    assert.deepEqual(device.ack(1), ['2 DATA 2'])
  })

  test('ServerEndpoint swallows its repeats, one that crosses DATA 1 as well', () => {
    const device = new Device()
    const repeats = requestsOf('cli-tftp-hpa')
    for (const one of repeats.slice(0, -1)) device.ask(one)
    assert.deepEqual(device.serve(2000), ['1 DATA 1'])
    assert.deepEqual(device.ask(repeats.at(-1) ?? asked), [])
    assert.equal(device.read.stats.repeats, repeats.length - 1)
    assert.deepEqual(device.ack(1), ['1 DATA 2'])
  })
})

describe('ServerEndpoint and EDK2, which counts up', () => {
  const asked = requestsOf('edk2-pxe-oack1tz-15').filter(({ name }) => name === 'held.efi')

  test('ServerEndpoint serves probe and read as two, the second before the first has ended', () => {
    const [probe, read] = asked
    assert.ok(probe && read)
    assert.equal(read.from.port, probe.from.port + 1)
    const device = new Device()
    device.ask(probe)
    assert.deepEqual(device.serve(5000), ['1 OACK'])
    const first = device.read
    device.ask(read)
    assert.equal(device.exchange.endpoint.transferCount, 2)
    const error = encodeError({ code: 8, message: 'User aborted download' })
    device.exchange.receive(error, { from: probe.from, socket: first.socket })
    assert.deepEqual(device.outcomes, ['probe'])
    assert.deepEqual(device.serve(5000), ['2 OACK'])
    assert.deepEqual(device.ack(0), ['2 DATA 1', '2 DATA 2', '2 DATA 3', '2 DATA 4'])
  })
})
