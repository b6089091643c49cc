import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { DatagramTransport, LocalSocket, Peer, SocketId } from '../../base/datagram.ts'
import { transportContract } from '../../testing/transport-contract.ts'
import { UdpClient } from '../../testing/udp-client.ts'
import { ListenError } from '../listen-error.ts'
import { describeAddress, type LocalAddress } from '../local-address.ts'
import type { TransportOptions } from '../options.ts'
import { openDgramTransport } from './dgram-transport.ts'

const LIMIT = { timeout: 20_000 }
const ANY_IPV4 = [{ address: '0.0.0.0', port: 0 }]

transportContract('openDgramTransport', openDgramTransport)

test('openDgramTransport gives all addresses of a wildcard one port', LIMIT, async (t) => {
  const { transport } = await openOn(t, loopbacks(1, 2, 3))
  const ports = transport.listeners.map(({ port }) => port)
  assert.equal(ports.length, 3)
  assert.equal(new Set(ports).size, 1)
})

test('openDgramTransport lets a wildcard take what fixed addresses left', LIMIT, async (t) => {
  const free = await openOn(t, loopbacks(1))
  const { port } = free.listener
  await free.transport.close()
  const listen = [
    { address: '0.0.0.0', port },
    { address: '127.0.0.1', port },
  ]
  const { transport } = await openOn(t, loopbacks(1, 2), { listen })
  assert.deepEqual(
    transport.listeners.map((listener) => [listener.address, listener.port]),
    [
      ['127.0.0.1', port],
      ['127.0.0.2', port],
    ],
  )
})

test('openDgramTransport follows addresses that come and go', LIMIT, async (t) => {
  let addresses = loopbacks(1)
  const changes = signal<readonly LocalSocket[]>()
  const { transport, listener, warnings } = await openOn(t, () => addresses, {
    addressPollMs: 1,
    onAddressesChanged: changes.notify,
  })
  addresses = loopbacks(1, 2)
  const came = await changes.next()
  assert.deepEqual(
    came.map(({ address }) => address),
    ['127.0.0.1', '127.0.0.2'],
  )
  const second = came[1] as LocalSocket
  assert.equal(second.port, listener.port)
  const client = await openClient(t)
  client.send('hello', second)
  assert.equal((await client.receive()).address, '127.0.0.2')
  const transferId = transport.transferSocket(second.id, peerOf(client))

  addresses = loopbacks(1)
  const left = await changes.next()
  assert.deepEqual(left, [listener])
  assert.equal(transport.socket(second.id), undefined)
  assert.equal(transport.socket(transferId), undefined)
  assert.equal(transport.transferSocket(second.id, peerOf(client)), second.id)

  addresses = loopbacks(1, 2)
  const again = await changes.next()
  assert.ok((again[1]?.id ?? 0) > transferId, 'ids are not used twice')
  assert.deepEqual(warnings, [
    'Address 127.0.0.2 appeared: listening on it too',
    'Address 127.0.0.2 went away: its sockets are closed',
    'Address 127.0.0.2 appeared: listening on it too',
  ])
})

test(
  'openDgramTransport keeps trying an address it cannot bind, and says so once',
  LIMIT,
  async (t) => {
    let addresses = loopbacks(1)
    const polls = signal<void>()
    const { warnings } = await openOn(
      t,
      () => {
        polls.notify()
        return addresses
      },
      { addressPollMs: 1 },
    )
    // TEST-NET-3 (RFC 5737): listed, but not there.
    addresses = [...addresses, describeAddress('203.0.113.1', [])]
    for (let poll = 0; poll < 5; poll++) await polls.next()
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /203\.0\.113\.1:\d+ \(EADDRNOTAVAIL\).*trying again every/)
  },
)

test(
  'openDgramTransport binds the wildcard itself where addresses are not listed',
  LIMIT,
  async (t) => {
    const { listener, warnings } = await openOn(t, notPermitted)
    assert.equal(listener.address, '0.0.0.0')
    assert.match(warnings[0] ?? '', /Cannot list the addresses of this machine \(not permitted\)/)
    const client = await openClient(t)
    client.send('boot', { address: '127.0.0.1', port: listener.port })
    assert.equal((await client.receive()).payload.toString(), 'boot')
  },
)

test(
  'openDgramTransport warns when a wildcard leaves it with nothing to listen on',
  LIMIT,
  async (t) => {
    const debugged: string[] = []
    const listen = [{ address: '::', port: 6969 }]
    const onDebug = (message: string): void => void debugged.push(message)
    const alone = await openOn(t, loopbacks(1), { listen, onDebug })
    assert.deepEqual(alone.warnings, [
      'No IPv6 address to listen on at port 6969: looking again every 5 s',
    ])
    const both = await openOn(t, loopbacks(1), { listen: [...listen, ...ANY_IPV4], onDebug })
    assert.deepEqual(both.warnings, [])
    assert.ok(debugged.includes(alone.warnings[0] ?? ''))
  },
)

test('openDgramTransport binds both wildcards to one port', LIMIT, async (t) => {
  const free = await openOn(t, loopbacks(1))
  const { port } = free.listener
  await free.transport.close()
  const { transport } = await openOn(t, notPermitted, {
    listen: ['0.0.0.0', '::'].map((address) => ({ address, port })),
  })
  assert.deepEqual(
    transport.listeners.map(({ address }) => address),
    ['0.0.0.0', '::'],
  )
})

/**
 * An address of the loopback, declared to be on an ordinary network, so that 127.255.255.255 is its
 * broadcast address.
 */
const near = { ...describeAddress('127.0.0.1', []), prefixBits: 8, isLoopback: false }
/** Another one, in whose network no client is. */
const far = { ...describeAddress('127.0.0.2', []), prefixBits: 32, isLoopback: false }

for (const singlePort of [false, true]) {
  const name = `openDgramTransport answers a broadcast from a unicast address, singlePort ${singlePort}`
  test(name, LIMIT, async (t) => {
    const { listener } = await openOn(t, [far, near], { singlePort })
    const client = await openClient(t)
    client.allowBroadcast()
    client.send('where are you', { address: '127.255.255.255', port: listener.port })
    const answer = await client.receive()
    assert.equal(answer.payload.toString(), 'where are you')
    assert.equal(answer.address, '127.0.0.1')
    assert.equal(answer.port === listener.port, singlePort)
  })
}

test('openDgramTransport hears broadcasts while their network is there', LIMIT, async (t) => {
  let addresses = [far, near]
  const changes = signal<readonly LocalSocket[]>()
  const polls = signal<void>()
  const heardBy: number[] = []
  const { transport, listener } = await openOn(
    t,
    () => {
      polls.notify()
      return addresses
    },
    { addressPollMs: 1, onAddressesChanged: changes.notify },
    (id) => heardBy.push(id),
  )
  const client = await openClient(t)
  client.allowBroadcast()
  for (let poll = 0; poll < 3; poll++) {
    client.send('here?', { address: '127.255.255.255', port: listener.port })
    await client.receive()
    await polls.next()
    await polls.next()
  }
  const [id = 0] = heardBy
  assert.deepEqual(heardBy, [id, id, id])
  assert.equal(transport.socket(id)?.address, '127.255.255.255')
  addresses = [far]
  await changes.next()
  assert.equal(transport.socket(id), undefined)
})

test('openDgramTransport asks for addresses no more once it is closed', LIMIT, async (t) => {
  const polls = signal<void>()
  let count = 0
  const addressPollMs = 1
  await openOn(t, counted(loopbacks(1), polls.notify), { addressPollMs })
  const counting = counted(loopbacks(1), () => (count += 1))
  const { transport } = await openOn(t, counting, { addressPollMs })
  await transport.close()
  count = 0
  for (let poll = 0; poll < 5; poll++) await polls.next()
  assert.equal(count, 0)
})

test(
  'openDgramTransport says what is wrong with an address, and leaves nothing open',
  LIMIT,
  async (t) => {
    const free = await openOn(t, loopbacks(1))
    const place = { address: '127.0.0.1', port: free.listener.port }
    await free.transport.close()
    const wrongs: [string, string, RegExp][] = [
      ['localhost', 'EINVAL', /literal unicast/],
      ['fe80::1', 'EINVAL', /as in "fe80::1%eth0"/],
      ['203.0.113.1', 'EADDRNOTAVAIL', /does not have that address/],
    ]
    for (const [address, code, reason] of wrongs) {
      const listen = [place, { address, port: 6969 }]
      const opening = openDgramTransport({ listen, onBatch: () => {}, onWarning: () => {} })
      await assert.rejects(opening, (error) => {
        assert.ok(error instanceof ListenError)
        assert.equal(error.code, code)
        assert.match(error.message, reason)
        return true
      })
    }
    await openOn(t, loopbacks(1), { listen: [place] })
  },
)

test('openDgramTransport reports a failed send in one line and goes on', LIMIT, async (t) => {
  const warned = signal<string>()
  const { transport, listener } = await openOn(t, loopbacks(1), { onWarning: warned.notify })
  const client = await openClient(t)
  const tooLarge = 65_508
  transport.reserve(tooLarge)
  transport.commit(listener.id, peerOf(client), tooLarge)
  transport.flush()
  const message = `Cannot send to 127.0.0.1:${client.port} (EMSGSIZE): `
  assert.ok((await warned.next()).startsWith(message))
  const broadcast = { key: 0, address: '127.255.255.255', port: 9 }
  transport.reserve(1)
  transport.commit(listener.id, broadcast, 1)
  transport.flush()
  assert.match(await warned.next(), /127\.255\.255\.255:9 \(EACCES\): .*broadcast/)
  client.send('boot', listener)
  assert.equal((await client.receive()).payload.toString(), 'boot')
})

test('openDgramTransport tells the receive buffer it got', LIMIT, async (t) => {
  const lines: string[] = []
  const receiveBufferBytes = 100_000
  await openOn(t, loopbacks(1), { receiveBufferBytes, onDebug: (line) => lines.push(line) })
  assert.ok(lines.includes('Receive buffer of each socket: 100000 bytes of 100000'), lines.join())
})

test('openDgramTransport leaves nothing that keeps the process alive', LIMIT, async () => {
  const script = `
    import { openDgramTransport } from '${import.meta.resolve('./dgram-transport.ts')}'
    const listen = [{ address: '127.0.0.1', port: 0 }, { address: '0.0.0.0', port: 0 }]
    const transport = await openDgramTransport({ listen, onBatch() {}, onWarning() {} })
    const [listener] = transport.listeners
    transport.transferSocket(listener.id, { key: 0, address: '127.0.0.1', port: 9 })
    await transport.close()
    console.log('closed')`
  const args = ['--input-type=module', '-e', script]
  // A handle left open would keep the process until it is killed, which rejects.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 })
  assert.equal(stdout, 'closed\n')
})

function notPermitted(): never {
  throw new Error('not permitted')
}

function counted(
  addresses: readonly LocalAddress[],
  onAsked: () => void,
): () => readonly LocalAddress[] {
  return () => {
    onAsked()
    return addresses
  }
}

function loopbacks(...numbers: number[]): LocalAddress[] {
  return numbers.map((number) => describeAddress(`127.0.0.${number}`, []))
}

function peerOf({ port }: UdpClient): Peer {
  return { key: 0x7f00_0001 * 65_536 + port, address: '127.0.0.1', port }
}

async function openClient(t: TestContext): Promise<UdpClient> {
  const client = await UdpClient.open()
  t.after(() => client.close())
  return client
}

interface Opened {
  readonly transport: DatagramTransport
  /** The first listener. */
  readonly listener: LocalSocket
  readonly warnings: string[]
}

/** Listens on all of these addresses, and answers each datagram with itself. */
async function openOn(
  t: TestContext,
  addresses: readonly LocalAddress[] | (() => readonly LocalAddress[]),
  wanted: Partial<TransportOptions> = {},
  onDatagram: (socket: SocketId) => void = () => {},
): Promise<Opened> {
  const warnings: string[] = []
  const transport: DatagramTransport = await openDgramTransport({
    listen: ANY_IPV4,
    localAddresses: typeof addresses === 'function' ? addresses : () => addresses,
    onWarning: (message) => warnings.push(message),
    onBatch: (batch) => {
      for (let index = 0; index < batch.count; index++) {
        const start = batch.offsets[index] ?? 0
        const bytes = batch.lengths[index] ?? 0
        const peer = batch.peer(index)
        const offset = transport.reserve(bytes)
        transport.slab.set(batch.slab.subarray(start, start + bytes), offset)
        const listenerId = batch.sockets[index] ?? 0
        onDatagram(listenerId)
        transport.commit(transport.transferSocket(listenerId, peer), peer, bytes)
      }
      transport.flush()
    },
    ...wanted,
  })
  t.after(() => transport.close())
  return { transport, listener: transport.listeners[0] as LocalSocket, warnings }
}

/** Something that happens again and again, to be awaited once each time. */
function signal<T>(): { readonly notify: (value: T) => void; readonly next: () => Promise<T> } {
  let pending = Promise.withResolvers<T>()
  return {
    notify: (value) => pending.resolve(value),
    next: async () => {
      const value = await pending.promise
      pending = Promise.withResolvers<T>()
      return value
    },
  }
}
