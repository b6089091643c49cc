import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { silentLog } from '../observe/log.ts'
import { cabled, cableNamespaces, withoutNamespaces } from '../testing/cabled-namespaces.ts'
import { NeighbourFinder } from './neighbour-finder.ts'

// Goal: the kernel's neighbour table tells who asks, at the first datagram already. Method: two
// network namespaces with a cable between them; a datagram from one, looked up in the other.

/** Prints what is found of each sender of a datagram, one line of JSON each. */
const LOOKING = `
  import { createSocket } from 'node:dgram'
  import { NeighbourFinder } from ${JSON.stringify(import.meta.resolve('./neighbour-finder.ts'))}
  const log = { warn: (text) => console.error(text) }
  const finder = new NeighbourFinder(log)
  const socket = createSocket('udp6', (_, { address: clientAddress }) => {
    console.log(JSON.stringify(finder.find({ clientAddress, headers: new Headers(), params: {} })))
  })
  socket.bind(6969, '::', () => console.log('ready'))
`
const SENDING = `
  import { createSocket } from 'node:dgram'
  const [, address] = process.argv
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.send('?', 6969, address, () => socket.close())
`

function run(inside: readonly string[], program: string, ...args: readonly string[]): ChildProcess {
  const command = [...inside, process.execPath, '--input-type=module', '-e', program, ...args]
  return spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
}

const skip = withoutNamespaces()

test('NeighbourFinder knows who sent the first datagram, by IPv4 and IPv6', { skip }, async () => {
  using namespaces = cableNamespaces()
  const looking = run(namespaces.inServer, LOOKING)
  try {
    const lines = createInterface({ input: looking.stdout ?? assert.fail() })[
      Symbol.asyncIterator
    ]()
    assert.equal((await lines.next()).value, 'ready')
    const { ipv4, ipv6 } = cabled.server
    const wheres = { [ipv4]: '/proc/net/arp', [ipv6]: 'ip -6 neigh' }
    for (const [address, where] of Object.entries(wheres)) {
      run(namespaces.inClient, SENDING, address)
      const found: unknown = JSON.parse(String((await lines.next()).value))
      const { mac } = cabled.client
      assert.deepEqual(found, [{ evidence: { mac }, finder: 'neighbour', where }])
    }
  } finally {
    if (looking.kill()) await once(looking, 'exit')
  }
})

test('NeighbourFinder knows nobody on this machine itself, nor what is no address', () => {
  const finder = new NeighbourFinder(silentLog())
  for (const clientAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'nobody']) {
    assert.deepEqual(finder.find({ clientAddress, headers: new Headers(), params: {} }), [])
  }
})
