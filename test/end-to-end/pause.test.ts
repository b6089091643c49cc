import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  decodePacket,
  encodeOack,
  encodePause,
  type Packet,
} from '../../src/protocol/tftp/packet.ts'
import { data } from '../../src/testing/tftp-exchange.ts'

// Goal: `get --pause` waits for a server that makes the file, no longer than it was told, and tells
// so. Method: the command as its own process, and a server that follows a script.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A server that answers each packet as told. */
class ScriptedServer implements AsyncDisposable {
  readonly heard: Packet[] = []
  readonly #socket: Socket

  static async open(answers: (packet: Packet) => readonly Uint8Array[]): Promise<ScriptedServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new ScriptedServer(socket, answers)
  }

  private constructor(socket: Socket, answers: (packet: Packet) => readonly Uint8Array[]) {
    this.#socket = socket
    socket.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => {
      const packet = decodePacket(bytes)
      this.heard.push(packet)
      for (const answer of answers(packet)) socket.send(answer, port, address)
    })
  }

  get url(): string {
    return `tftp://127.0.0.1:${this.#socket.address().port}/slow`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

function get(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'get', ...args], (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test('get --pause asks for it, takes the file after PAUSE, and tells how it was', async () => {
  const agreed = new Map([
    ['tsize', '4'],
    ['pause', '30'],
  ])
  await using server = await ScriptedServer.open(({ opcode }) => {
    if (opcode === 'rrq') return [encodePause(5), encodePause(5), encodeOack(agreed)]
    return [data(1, new TextEncoder().encode('slow'))]
  })
  const { status, stdout, stderr } = await get(server.url, '--pause', '30', '--json')
  assert.equal(status, 0)
  assert.equal(stdout, 'slow')
  const [asked] = server.heard
  assert.equal(asked?.opcode === 'rrq' && asked.request.options.get('pause'), '30')
  const report = JSON.parse(stderr) as { options: object; pause: Record<string, number> }
  assert.deepEqual(report.options, { tsize: '4', pause: '30' })
  assert.equal(report.pause['received'], 2)
  assert.equal(typeof report.pause['waitedSeconds'], 'number')
})

test('get --pause ends with status 3 when its time is over, and tells the server', async () => {
  const { promise: isTold, resolve: told } = Promise.withResolvers<boolean>()
  await using server = await ScriptedServer.open(({ opcode }) => {
    if (opcode === 'error') told(true)
    return opcode === 'rrq' ? [encodePause(60)] : []
  })
  const { status, stdout, stderr } = await get(server.url, '--pause', '1')
  assert.equal(status, 3)
  assert.equal(stdout, '')
  assert.match(stderr, /^trivet: the file was still being made, given up after \d+ ms\n$/)
  assert.ok(await isTold)
  assert.deepEqual(
    server.heard.map(({ opcode }) => opcode),
    ['rrq', 'error'],
  )
})

test('get without --pause reports none', async () => {
  await using server = await ScriptedServer.open(({ opcode }) => {
    return opcode === 'rrq' ? [encodePause(5), data(1, new Uint8Array(0))] : []
  })
  const { status, stderr } = await get(server.url, '--json')
  assert.equal(status, 0)
  assert.equal(JSON.parse(stderr).pause, undefined)
})

test('get --pause refuses what is out of range', async () => {
  for (const seconds of ['0', '3601', '1.5']) {
    const { status, stderr } = await get('tftp://127.0.0.1:9/x', '--pause', seconds)
    assert.notEqual(status, 0)
    assert.match(stderr, /a whole number from 1 to 3600 is needed/)
  }
})
