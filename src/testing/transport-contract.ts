import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type {
  BatchHandler,
  DatagramTransport,
  InboundBatch,
  LocalSocket,
  Peer,
} from '../base/datagram.ts'
import { ListenError } from '../transport/listen-error.ts'
import { describeAddress } from '../transport/local-address.ts'
import type { TransportOptions } from '../transport/options.ts'
import { UdpClient } from './udp-client.ts'

type OpenTransport = (options: TransportOptions) => Promise<DatagramTransport>

/** Options of a test: what it does not care about has a default. */
type Wanted = Partial<TransportOptions> & {
  readonly onDatagram?: (payload: Buffer, batch: InboundBatch, index: number) => void
}

const LIMIT = { timeout: 20_000 }
const LOOPBACK = [{ address: '127.0.0.1', port: 0 }]

/**
 * What every transport must do, on real sockets of the loopback.
 *
 * @param name - The symbol under test, with which each test's name begins.
 */
export function transportContract(name: string, open: OpenTransport): void {
  const claim = (behaviour: string, run: (t: TestContext) => Promise<void>): void =>
    void test(`${name} ${behaviour}`, LIMIT, run)

  addressTests(claim, open)
  batchTests(claim, open)
  outboxTests(claim, open)
  lifeTests(claim, open)
}

type Claim = (behaviour: string, run: (t: TestContext) => Promise<void>) => void

function addressTests(claim: Claim, open: OpenTransport): void {
  for (const address of ['127.0.0.1', '::1']) {
    claim(`answers on ${address} from another port of the address that was asked`, async (t) => {
      const { listener, echo } = await openEcho(t, open, { listen: [{ address, port: 0 }] })
      assert.equal(listener.address, address)
      assert.equal(listener.role, 'listen')
      const client = await openClient(t, address)
      const answer = await echo(client, 'boot')
      assert.equal(answer.payload.toString(), 'boot')
      assert.equal(answer.address, address)
      assert.notEqual(answer.port, listener.port)
    })
  }

  claim('answers on a wildcard from the address that was asked', async (t) => {
    const addresses = ['127.0.0.1', '127.0.0.2']
    const { listener } = await openEcho(t, open, {
      listen: [{ address: '0.0.0.0', port: 0 }],
      localAddresses: () => addresses.map((address) => describeAddress(address, [])),
    })
    const client = await openClient(t)
    for (const address of addresses) {
      client.send(address, { address, port: listener.port })
      const answer = await client.receive()
      assert.equal(answer.payload.toString(), address)
      assert.equal(answer.address, address)
    }
  })

  claim('listens in several places, of both families', async (t) => {
    const addresses = ['127.0.0.1', '127.0.0.3', '::1']
    const listen = addresses.map((address) => ({ address, port: 0 }))
    const { transport } = await openEcho(t, open, { listen })
    assert.deepEqual(
      transport.listeners.map(({ address }) => address),
      addresses,
    )
    for (const listener of transport.listeners) {
      const client = await openClient(t, listener.family === 'IPv6' ? '::1' : '127.0.0.1')
      client.send(listener.address, listener)
      assert.equal((await client.receive()).address, listener.address)
    }
  })

  claim('takes the ports of its pool in turn', async (t) => {
    const { transport, listener } = await openEcho(t, open, { transferPorts: 3 })
    const ids = Array.from({ length: 6 }, () => transport.transferSocket(listener.id, anyPeer))
    assert.equal(new Set(ids).size, 3)
    assert.deepEqual(ids.slice(3), ids.slice(0, 3))
    const ports = ids.map((id) => transport.socket(id)?.port)
    assert.equal(new Set(ports).size, 3)
    for (const id of ids) {
      assert.equal(transport.socket(id)?.role, 'transfer')
      assert.equal(transport.socket(id)?.address, listener.address)
    }
  })

  claim('answers from the listening port with singlePort', async (t) => {
    const { transport, listener, echo } = await openEcho(t, open, { singlePort: true })
    assert.equal(transport.transferSocket(listener.id, anyPeer), listener.id)
    assert.equal((await echo(await openClient(t), 'boot')).port, listener.port)
  })

  claim('receives on the ports of its pool', async (t) => {
    const { echo, listener } = await openEcho(t, open)
    const client = await openClient(t)
    const first = await echo(client, 'request')
    client.send('acknowledgement', first)
    const second = await client.receive()
    assert.equal(second.payload.toString(), 'acknowledgement')
    assert.equal(second.address, listener.address)
  })

  claim('tells how much the loopback carries in one piece', async (t) => {
    const listen = ['127.0.0.1', '::1'].map((address) => ({ address, port: 0 }))
    const { transport } = await openEcho(t, open, { listen })
    const sizes = transport.listeners.map(({ payloadBytesMax }) => payloadBytesMax)
    assert.deepEqual(sizes, [65_507, 65_487])
  })
}

function batchTests(claim: Claim, open: OpenTransport): void {
  claim('names an IPv4 peer by a number and an IPv6 peer by a string', async (t) => {
    const listen = ['127.0.0.1', '::1'].map((address) => ({ address, port: 0 }))
    const peers: Peer[] = []
    const { transport } = await openEcho(t, open, {
      listen,
      onDatagram: (_payload, batch, index) => {
        assert.equal(batch.peerKey(index), batch.peer(index).key)
        peers.push(batch.peer(index))
      },
    })
    for (const listener of transport.listeners) {
      const { address } = listener
      const client = await openClient(t, address)
      client.send('who am I', listener)
      await client.receive()
      const { port } = client
      const key = address === '::1' ? `[::1]:${port}` : 0x7f00_0001 * 65_536 + port
      assert.deepEqual(peers.pop(), { key, address, port })
    }
  })

  claim('keeps the order of each peer', async (t) => {
    const orders = new Map<number, number[]>()
    const total = Promise.withResolvers<void>()
    let received = 0
    const { listener } = await openEcho(t, open, {
      onBatch: (batch) => {
        for (let index = 0; index < batch.count; index++) {
          const { port } = batch.peer(index)
          const order = orders.get(port) ?? []
          orders.set(port, order)
          order.push(payloadOf(batch, index).readUInt32BE())
          received += 1
        }
        if (received === 4 * 500) total.resolve()
      },
    })
    const clients = await Promise.all([1, 2, 3, 4].map(() => openClient(t)))
    for (let number = 0; number < 500; number++) {
      const payload = Buffer.alloc(512)
      payload.writeUInt32BE(number)
      for (const client of clients) client.send(payload, listener)
    }
    await total.promise
    const expected = Array.from({ length: 500 }, (_, number) => number)
    for (const { port } of clients) assert.deepEqual(orders.get(port), expected)
  })

  claim('echoes 10,000 datagrams without corrupting one', async (t) => {
    const { listener } = await openEcho(t, open)
    const client = await openClient(t)
    const unanswered = new Set<string>()
    for (let number = 0; number < 10_000; number++) {
      const payload = patterned(number, 1 + ((number * 37) % 1400))
      unanswered.add(payload.toString('latin1'))
      client.send(payload, listener)
      if (number < 64) continue
      unanswered.delete((await client.receive()).payload.toString('latin1'))
    }
    for (const { payload } of await client.receiveMany(64)) {
      unanswered.delete(payload.toString('latin1'))
    }
    assert.equal(unanswered.size, 0)
    assert.equal(client.surplus, 0)
  })

  claim('receives many datagrams of the largest size', async (t) => {
    const { echo } = await openEcho(t, open)
    const client = await openClient(t)
    for (let number = 0; number < 40; number++) {
      const payload = patterned(number, 65_464 + 4)
      assert.deepEqual((await echo(client, payload)).payload, payload)
    }
  })

  claim('receives an empty datagram', async (t) => {
    const lengths: (number | undefined)[] = []
    const seen = Promise.withResolvers<void>()
    const { listener } = await openEcho(t, open, {
      onBatch: (batch) => {
        lengths.push(...batch.lengths.subarray(0, batch.count))
        seen.resolve()
      },
    })
    const client = await openClient(t)
    client.send('', listener)
    await seen.promise
    assert.deepEqual(lengths, [0])
  })
}

function outboxTests(claim: Claim, open: OpenTransport): void {
  claim('sends nothing before flush, then all of it in order', async (t) => {
    const { transport, listener } = await openEcho(t, open)
    const client = await openClient(t)
    const peer = peerOf(client)
    for (const text of ['one', 'two', 'three']) put(transport, listener, { peer, text })
    // The loopback keeps the order: what had left already would arrive before this.
    const other = await openClient(t)
    other.send('marker', peer)
    assert.equal((await client.receive()).payload.toString(), 'marker')
    transport.flush()
    const texts = (await client.receiveMany(3)).map(({ payload }) => payload.toString())
    assert.deepEqual(texts, ['one', 'two', 'three'])
  })

  claim('cuts a run into segments, the last one shorter', async (t) => {
    const { transport, listener } = await openEcho(t, open)
    const client = await openClient(t)
    const run = patterned(7, 1428 * 3 + 100)
    const offset = transport.reserve(run.length)
    transport.slab.set(run, offset)
    transport.commit(listener.id, peerOf(client), run.length, 1428)
    transport.flush()
    const segments = await client.receiveMany(4)
    assert.deepEqual(
      segments.map(({ payload }) => payload.length),
      [1428, 1428, 1428, 100],
    )
    assert.deepEqual(Buffer.concat(segments.map(({ payload }) => payload)), run)
  })

  claim('keeps what was committed when the slab is full', async (t) => {
    const { transport, listener } = await openEcho(t, open)
    const client = await openClient(t)
    const payloads = [patterned(1, 60_000), patterned(2, 50_000)]
    for (const payload of payloads) {
      // Nobody commits this reservation; but it does not fit beside the first payload.
      transport.reserve(1 << 20)
      const offset = transport.reserve(payload.length)
      transport.slab.set(payload, offset)
      transport.commit(listener.id, peerOf(client), payload.length)
    }
    transport.flush()
    for (const payload of payloads) assert.deepEqual((await client.receive()).payload, payload)
  })

  claim('refuses to commit more than was reserved', async (t) => {
    const { transport, listener } = await openEcho(t, open)
    assert.throws(() => transport.reserve(0), RangeError)
    transport.reserve(10)
    assert.throws(() => transport.commit(listener.id, anyPeer, 11), RangeError)
    transport.commit(listener.id, anyPeer, 10)
    assert.throws(() => transport.commit(listener.id, anyPeer, 1), RangeError)
  })

  claim('drops what is sent from a socket that does not exist', async (t) => {
    const { transport, echo, listener } = await openEcho(t, open)
    assert.equal(transport.socket(60_000), undefined)
    put(transport, { ...listener, id: 60_000 }, { peer: anyPeer, text: 'lost' })
    transport.flush()
    assert.equal((await echo(await openClient(t), 'boot')).payload.toString(), 'boot')
  })
}

function lifeTests(claim: Claim, open: OpenTransport): void {
  claim('rejects with a ListenError when the port is taken, and leaves nothing open', async (t) => {
    const { listener } = await openEcho(t, open)
    const free = await openEcho(t, open)
    const place = { address: free.listener.address, port: free.listener.port }
    await free.transport.close()
    const listen = [place, { address: listener.address, port: listener.port }]
    await assert.rejects(open({ listen, onBatch: () => {}, onWarning: () => {} }), (error) => {
      assert.ok(error instanceof ListenError)
      const { code, address, port, message } = error
      assert.deepEqual([code, address, port], ['EADDRINUSE', listener.address, listener.port])
      assert.match(message, /dnsmasq.*ss -ulpn/)
      return true
    })
    await openEcho(t, open, { listen: [place] })
  })

  claim('closes once, whoever asks, and frees its ports', async (t) => {
    const { transport, listener } = await openEcho(t, open)
    transport.transferSocket(listener.id, anyPeer)
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    assert.deepEqual(transport.listeners, [])
    assert.equal(transport.socket(listener.id), undefined)
    const listen = [{ address: listener.address, port: listener.port }]
    await openEcho(t, open, { listen })
  })

  claim('hands over no batch once it is closed in the middle of traffic', async (t) => {
    const closed = Promise.withResolvers<void>()
    let batches = 0
    const { transport, listener } = await openEcho(t, open, {
      onBatch: () => {
        batches += 1
        closed.resolve(transport.close())
      },
    })
    const client = await openClient(t)
    for (let number = 0; number < 2000; number++) client.send(patterned(number, 100), listener)
    await closed.promise
    put(transport, listener, { peer: peerOf(client), text: 'too late' })
    transport.flush()
    assert.equal(batches, 1)
  })
}

const anyPeer: Peer = { key: 0x7f00_0001 * 65_536 + 9, address: '127.0.0.1', port: 9 }

interface Echo {
  readonly transport: DatagramTransport
  /** The first listener. */
  readonly listener: LocalSocket
  /** Sends to the first listener and waits for the answer. */
  readonly echo: (
    client: UdpClient,
    payload: Uint8Array | string,
  ) => ReturnType<UdpClient['receive']>
}

/** A transport that sends back what it gets, from a transfer's socket if it came to a listener. */
async function openEcho(t: TestContext, open: OpenTransport, wanted: Wanted = {}): Promise<Echo> {
  const { onDatagram, ...options } = wanted
  const onBatch: BatchHandler = (batch) => {
    for (let index = 0; index < batch.count; index++) {
      onDatagram?.(payloadOf(batch, index), batch, index)
      sendBack(transport, batch, index)
    }
    transport.flush()
  }
  const onWarning = (message: string): void => assert.fail(message)
  const transport = await open({ listen: LOOPBACK, onBatch, onWarning, ...options })
  t.after(() => transport.close())
  const listener = transport.listeners[0] as LocalSocket
  const echo: Echo['echo'] = (client, payload) => {
    client.send(payload, listener)
    return client.receive()
  }
  return { transport, listener, echo }
}

function sendBack(transport: DatagramTransport, batch: InboundBatch, index: number): void {
  const payload = payloadOf(batch, index)
  if (payload.length === 0) return
  const from = batch.sockets[index] ?? 0
  const peer = batch.peer(index)
  const isRequest = transport.socket(from)?.role === 'listen'
  const socket = isRequest ? transport.transferSocket(from, peer) : from
  const offset = transport.reserve(payload.length)
  transport.slab.set(payload, offset)
  transport.commit(socket, peer, payload.length)
}

function put(
  transport: DatagramTransport,
  from: LocalSocket,
  { peer, text }: { readonly peer: Peer; readonly text: string },
): void {
  const offset = transport.reserve(text.length)
  transport.slab.set(Buffer.from(text), offset)
  transport.commit(from.id, peer, text.length)
}

async function openClient(t: TestContext, address?: string): Promise<UdpClient> {
  const client = await UdpClient.open(address)
  t.after(() => client.close())
  return client
}

function peerOf(client: UdpClient): Peer {
  const { port } = client
  return { key: 0x7f00_0001 * 65_536 + port, address: '127.0.0.1', port }
}

function payloadOf(batch: InboundBatch, index: number): Buffer {
  const start = batch.offsets[index] ?? 0
  const bytes = batch.slab.subarray(start, start + (batch.lengths[index] ?? 0))
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Bytes that differ from number to number and from place to place; the number first if there is
 * room.
 */
function patterned(number: number, length: number): Buffer {
  const payload = Buffer.allocUnsafe(length)
  for (let index = 0; index < length; index++) payload[index] = (number * 31 + index * 7) & 0xff
  if (length >= 4) payload.writeUInt32BE(number)
  return payload
}
