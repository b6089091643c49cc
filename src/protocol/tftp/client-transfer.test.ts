import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryOutbox, memoryPeer } from '../../testing/memory-datagrams.ts'
import { data, describePacket, patterned } from '../../testing/tftp-exchange.ts'
import { ClientRead } from './client-read.ts'
import type { ClientOutcome, ClientTransfer, ClientTransferOptions } from './client-transfer.ts'
import { ClientWrite } from './client-write.ts'
import { encodeAck, encodeError, encodeOack, encodePause } from './packet.ts'
import type { TftpRequest } from './server-events.ts'

// Goal: what a client says to each kind of server. Method: datagrams in, words out: `69> RRQ` went
// to port 69.

const SERVER = memoryPeer('10.0.0.1', 69)
const ANSWERING = memoryPeer('10.0.0.1', 20_001)
const OTHER_PORT = memoryPeer('10.0.0.1', 20_002)

class Client {
  readonly outcomes: ClientOutcome[] = []
  readonly bytes: number[] = []
  wantedCount = 0
  now = 0
  readonly #said: string[] = []
  readonly #common: Omit<ClientTransferOptions, 'request'> = {
    outbox: new MemoryOutbox(({ peer, bytes }) => {
      this.#said.push(`${peer.port}> ${describePacket(bytes)}`)
    }),
    socket: 0,
    server: SERVER,
    onEnd: (outcome) => void this.outcomes.push(outcome),
  }

  reading(options: Record<string, string> = {}, more: Partial<ClientTransferOptions> = {}) {
    const request = { ...requestOf('read', options), ...more.request }
    const onBytes = (bytes: Uint8Array): void => void this.bytes.push(...bytes)
    const transfer = new ClientRead({ ...this.#common, ...more, request, onBytes })
    transfer.start(this.now)
    return transfer
  }

  writing(options: Record<string, string> = {}, more: Partial<ClientTransferOptions> = {}) {
    const request = { ...requestOf('write', options), ...more.request }
    const onBytesWanted = (): void => void (this.wantedCount += 1)
    const transfer = new ClientWrite({ ...this.#common, ...more, request, onBytesWanted })
    transfer.start(this.now)
    return transfer
  }

  hear(transfer: ClientTransfer, bytes: Uint8Array, from = ANSWERING): string[] {
    this.now += 1
    transfer.receive(bytes, from, this.now)
    return this.said()
  }

  /** Lets time pass. @returns What was said, with the time. */
  pass(transfer: ClientTransfer, ms: number): string[] {
    const end = this.now + ms
    const said: string[] = []
    for (let at = transfer.wakeAt; at !== undefined && at <= end; at = transfer.wakeAt) {
      this.now = at
      transfer.wake(at)
      said.push(...this.said().map((text) => `${at} ${text}`))
    }
    this.now = end
    return said
  }

  said(): string[] {
    return this.#said.splice(0)
  }
}

function requestOf(kind: 'read' | 'write', options: Record<string, string>): TftpRequest {
  const filename = new TextEncoder().encode('file')
  return { kind, filename, mode: 'octet', options: new Map(Object.entries(options)) }
}

const oack = (options: Record<string, string>): Uint8Array =>
  encodeOack(new Map(Object.entries(options)))

describe('ClientTransfer until the server answers', () => {
  test('ClientTransfer repeats its request from the same port, and gives up', () => {
    const client = new Client()
    const transfer = client.reading()
    assert.deepEqual(client.said(), ['69> RRQ'])
    const said = client.pass(transfer, 100_000)
    assert.deepEqual(said.slice(0, 4), [
      '1000 69> RRQ',
      '3000 69> RRQ',
      '7000 69> RRQ',
      '12000 69> RRQ',
    ])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
    assert.equal(transfer.stats.retransmits, said.length)
    assert.equal(transfer.wakeAt, undefined)
  })

  test('ClientTransfer asks no more often than it was told', () => {
    const client = new Client()
    const transfer = client.writing({}, { attemptsMax: 3, retryMs: 100 })
    client.said()
    assert.deepEqual(client.pass(transfer, 10_000), ['100 69> WRQ', '300 69> WRQ'])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
  })

  test('ClientTransfer ends at an ERROR, from whichever port', () => {
    const client = new Client()
    const transfer = client.reading()
    client.said()
    client.hear(transfer, encodeError({ code: 1, message: 'File not found' }), SERVER)
    assert.deepEqual(client.outcomes, [{ kind: 'refused', code: 1, message: 'File not found' }])
    assert.deepEqual(client.hear(transfer, data(1, patterned(3))), [])
  })

  test('ClientTransfer ignores what cannot be a first answer', () => {
    const client = new Client()
    const transfer = client.reading()
    client.said()
    const other = memoryPeer('10.0.0.2', 69)
    assert.deepEqual(client.hear(transfer, data(1, patterned(3)), other), [])
    for (const bytes of [
      data(2, patterned(3)),
      encodeAck(0),
      new Uint8Array(1),
      Uint8Array.of(0, 3),
    ])
      assert.deepEqual(client.hear(transfer, bytes), [])
    assert.equal(transfer.negotiated, undefined)
  })
})

describe('ClientRead', () => {
  test('ClientRead takes plain DATA from a server that knows no options', () => {
    const client = new Client()
    const transfer = client.reading({ blksize: '1428', windowsize: '8', tsize: '0' })
    assert.deepEqual(client.hear(transfer, data(1, patterned(512))), ['69> RRQ', '20001> ACK 1'])
    assert.deepEqual(client.hear(transfer, data(2, patterned(5))), ['20001> ACK 2'])
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
    assert.deepEqual(client.bytes, [...patterned(512), ...patterned(5)])
    assert.equal(transfer.sizeBytes, undefined)
  })

  test('ClientRead answers an OACK with ACK 0 and works as agreed', () => {
    const client = new Client()
    const transfer = client.reading({ blksize: '1428', windowsize: '8', tsize: '0' })
    client.said()
    const agreed = oack({ blksize: '16', windowsize: '2', tsize: '37' })
    assert.deepEqual(client.hear(transfer, agreed), ['20001> ACK 0'])
    assert.equal(transfer.sizeBytes, 37)
    const said = [16, 16, 5].map((bytes, index) =>
      client.hear(transfer, data(index + 1, patterned(bytes))),
    )
    assert.deepEqual(said, [[], ['20001> ACK 2'], ['20001> ACK 3']])
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
  })

  test('ClientRead answers an OACK that comes again, at a bounded rate', () => {
    const client = new Client()
    const transfer = client.reading({ blksize: '1428' })
    client.said()
    const said = Array.from({ length: 20 }, () => client.hear(transfer, oack({ blksize: '600' })))
    assert.deepEqual(new Set(said.flat()), new Set(['20001> ACK 0']))
    assert.equal(said.flat().length, 5)
    client.hear(transfer, data(1, patterned(600)))
    assert.deepEqual(client.hear(transfer, oack({ blksize: '600' })), [])
  })

  const refused: readonly [string, Record<string, string>][] = [
    ['an option that was not asked', { tsize: '5' }],
    ['a larger block than asked', { blksize: '1429' }],
    ['no number', { blksize: 'x' }],
  ]
  for (const [what, answer] of refused) {
    test(`ClientRead answers ${what} with ERROR 8`, () => {
      const client = new Client()
      const transfer = client.reading({ blksize: '1428' })
      client.said()
      assert.match(client.hear(transfer, oack(answer)).join(), /^20001> ERROR 8 /)
      assert.equal(client.outcomes[0]?.kind, 'aborted')
    })
  }

  test('ClientRead tells another port that it means nobody, and goes on', () => {
    const client = new Client()
    const transfer = client.reading()
    client.hear(transfer, data(1, patterned(512)))
    const said = client.hear(transfer, data(1, patterned(512)), OTHER_PORT)
    assert.deepEqual(said, ['20002> ERROR 5 Unknown transfer ID'])
    const error = encodeError({ code: 0, message: 'x' })
    assert.deepEqual(client.hear(transfer, error, OTHER_PORT), [])
    assert.deepEqual(client.hear(transfer, data(2, patterned(1))), ['20001> ACK 2'])
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
  })

  test('ClientRead repeats its last ACK when asked after the end, not for ever', () => {
    const client = new Client()
    const transfer = client.reading()
    client.hear(transfer, data(1, patterned(5)))
    const said = Array.from({ length: 30 }, () => client.hear(transfer, data(1, patterned(5))))
    assert.equal(said.flat().length, 16)
    assert.deepEqual(client.bytes, [...patterned(5)])
    assert.equal(client.outcomes.length, 1)
  })

  test('ClientRead repeats its ACK, as often as agreed, and gives up', () => {
    const client = new Client()
    const transfer = client.reading({ timeout: '3' }, { giveUpMs: 10_000 })
    client.hear(transfer, oack({ timeout: '3' }))
    assert.deepEqual(client.pass(transfer, 60_000), ['3001 20001> ACK 0', '8001 20001> ACK 0'])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
  })

  test('ClientRead holds ACKs back while it is paused', () => {
    const client = new Client()
    const transfer = client.reading()
    transfer.pause()
    client.said()
    assert.deepEqual(client.hear(transfer, data(1, patterned(512))), [])
    transfer.resume(client.now)
    assert.deepEqual(client.said(), ['20001> ACK 1'])
  })

  test('ClientRead decodes netascii', () => {
    const client = new Client()
    const request: TftpRequest = { ...requestOf('read', {}), mode: 'netascii' }
    const transfer = client.reading({}, { request })
    client.hear(transfer, data(1, new TextEncoder().encode('a\r\nb\r')))
    assert.equal(new TextDecoder().decode(Uint8Array.from(client.bytes)), 'a\nb\r')
    assert.equal(transfer.stats.bytes, 5)
  })

  test('ClientRead tells the server when it is aborted', () => {
    const client = new Client()
    const transfer = client.reading()
    client.hear(transfer, data(1, patterned(512)))
    transfer.abort('disk full')
    transfer.abort('disk full')
    assert.deepEqual(client.said(), ['20001> ERROR 0 disk full'])
    assert.deepEqual(client.outcomes, [{ kind: 'aborted', message: 'disk full' }])
  })
})

describe('ClientWrite', () => {
  test('ClientWrite asks for bytes once the server accepts, and ends at the last ACK', () => {
    const client = new Client()
    const transfer = client.writing({ tsize: '600' })
    assert.equal(transfer.wantsBytes, false)
    assert.deepEqual(client.hear(transfer, encodeAck(0)), ['69> WRQ'])
    assert.equal(client.wantedCount, 1)
    transfer.push(patterned(600), client.now)
    transfer.finish(client.now)
    assert.deepEqual(client.said(), ['20001> DATA 1 512'])
    assert.deepEqual(client.hear(transfer, encodeAck(1)), ['20001> DATA 2 88'])
    assert.deepEqual(client.hear(transfer, encodeAck(1)), [], 'a duplicate provokes nothing')
    client.hear(transfer, encodeAck(2))
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
    assert.equal(transfer.stats.bytes, 600)
  })

  test('ClientWrite sends windows as agreed', () => {
    const client = new Client()
    const transfer = client.writing({ blksize: '1024', windowsize: '16' })
    transfer.push(patterned(50), client.now)
    transfer.finish(client.now)
    const said = client.hear(transfer, oack({ blksize: '16', windowsize: '3' }))
    assert.deepEqual(said.slice(1), ['20001> DATA 1 16', '20001> DATA 2 16', '20001> DATA 3 16'])
    assert.deepEqual(client.hear(transfer, oack({ blksize: '16', windowsize: '3' })), [])
    assert.deepEqual(client.hear(transfer, encodeAck(3)), ['20001> DATA 4 2'])
  })

  test('ClientWrite waits for a server that judges, and hears its no', () => {
    const client = new Client()
    const transfer = client.writing()
    client.hear(transfer, encodeAck(0))
    transfer.finish(client.now)
    client.said()
    assert.equal(client.pass(transfer, 20_000).length, 5)
    client.hear(transfer, encodeError({ code: 3, message: 'Disk full' }))
    assert.deepEqual(client.outcomes, [{ kind: 'refused', code: 3, message: 'Disk full' }])
  })
})

describe('ClientRead that asks for pause', () => {
  const pause = '60'

  test('ClientRead waits as long as PAUSE says, and takes the OACK however late', () => {
    const client = new Client()
    const promised: number[] = []
    const onPause = (seconds: number): void => void promised.push(seconds)
    const transfer = client.reading({ pause, tsize: '0' }, { onPause })
    client.said()
    for (let index = 0; index < 10; index += 1) {
      assert.deepEqual(client.hear(transfer, encodePause(5)), [], 'a PAUSE provokes nothing')
      assert.deepEqual(client.pass(transfer, 4000), [])
    }
    assert.deepEqual(client.hear(transfer, oack({ pause, tsize: '3' })), ['20001> ACK 0'])
    assert.deepEqual(client.hear(transfer, data(1, patterned(3))), ['20001> ACK 1'])
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
    assert.deepEqual(
      promised,
      Array.from({ length: 10 }, () => 5),
    )
    assert.equal(transfer.pauseCount, 10)
    assert.equal(transfer.answeredAt, 40_011)
    assert.equal(transfer.stats.retransmits, 0)
  })

  test('ClientRead repeats its request one retry after a promise is broken, to the port it asked', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    client.hear(transfer, encodePause(5))
    const said = client.pass(transfer, 10_000)
    assert.deepEqual(said, ['6001 69> RRQ', '7001 69> RRQ', '9001 69> RRQ'])
    client.hear(transfer, encodePause(5))
    assert.deepEqual(client.pass(transfer, 6500), ['16002 69> RRQ'], 'its waits are short again')
    assert.deepEqual(client.hear(transfer, data(1, patterned(3))), ['20001> ACK 1'])
  })

  test('ClientRead waits no longer than it asked, whatever is promised, and says so', () => {
    for (const seconds of [5, 60, 65_535]) {
      const client = new Client()
      const transfer = client.reading({ pause: '20' })
      client.said()
      client.hear(transfer, encodePause(5))
      client.pass(transfer, 4000)
      client.hear(transfer, encodePause(seconds))
      const said = client.pass(transfer, 100_000)
      assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
      assert.equal(client.now > 20_000 && transfer.wakeAt, undefined)
      if (seconds === 5) assert.match(said[0] ?? '', /^10002 69> RRQ/)
      else assert.deepEqual(said, ['20000 20001> ERROR 0 No longer waiting for the file'])
    }
  })

  test('ClientRead ends at its limit also where nobody has heard of pause', () => {
    const client = new Client()
    const transfer = client.reading({ pause: '2' })
    client.said()
    assert.deepEqual(client.pass(transfer, 100_000), ['1000 69> RRQ'])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
  })

  test('ClientRead asks again at least once a minute, whatever is promised', () => {
    const client = new Client()
    const transfer = client.reading({ pause: '3600' })
    client.said()
    client.hear(transfer, encodePause(65_535))
    assert.deepEqual(client.pass(transfer, 61_500), ['61001 69> RRQ'])
  })

  test('ClientRead gives up when promises end and nothing more comes', () => {
    const client = new Client()
    const transfer = client.reading({ pause: '3600' }, { giveUpMs: 4000, attemptsMax: 2 })
    client.said()
    client.hear(transfer, encodePause(5))
    assert.deepEqual(client.pass(transfer, 100_000), ['6001 69> RRQ', '7001 69> RRQ'])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
  })

  test('ClientRead takes PAUSE 0 for life without a promise', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    client.hear(transfer, encodePause(0))
    assert.deepEqual(client.pass(transfer, 1000), ['1001 69> RRQ'])
  })

  test('ClientRead answers a storm of PAUSEs with nothing, and ends at its limit', () => {
    const client = new Client()
    const transfer = client.reading({ pause: '5' })
    client.said()
    const said: string[] = []
    while (!transfer.isOver && client.now < 10_000) {
      said.push(...client.hear(transfer, encodePause(client.now % 3)))
      said.push(...client.pass(transfer, 0))
    }
    assert.deepEqual(said, ['5000 20001> ERROR 0 No longer waiting for the file'])
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
  })

  test('ClientRead keeps to the port that paused it, until its promise is broken', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    client.hear(transfer, encodePause(5))
    const foreign = ['20002> ERROR 5 Unknown transfer ID']
    assert.deepEqual(client.hear(transfer, encodePause(50), OTHER_PORT), foreign)
    assert.deepEqual(client.hear(transfer, data(1, patterned(3)), OTHER_PORT), foreign)
    const error = encodeError({ code: 1, message: 'File not found' })
    assert.deepEqual(client.hear(transfer, error, OTHER_PORT), [])
    const elsewhere = memoryPeer('10.0.0.2', 20_001)
    assert.deepEqual(client.hear(transfer, encodePause(50), elsewhere), [])
    assert.deepEqual(client.pass(transfer, 6000), ['6001 69> RRQ'])
    assert.deepEqual(client.hear(transfer, encodePause(5), OTHER_PORT), [], 'a server begun anew')
    assert.deepEqual(client.hear(transfer, data(1, patterned(3)), OTHER_PORT), ['20002> ACK 1'])
    assert.deepEqual(client.outcomes, [{ kind: 'done' }])
  })

  test('ClientRead takes an ERROR of the server that made it wait', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    client.hear(transfer, encodePause(5))
    client.hear(transfer, encodeError({ code: 0, message: 'The script failed' }))
    assert.deepEqual(client.outcomes, [{ kind: 'refused', code: 0, message: 'The script failed' }])
    assert.deepEqual(client.hear(transfer, encodePause(5)), [])
  })

  test('ClientRead tells the server that made it wait when it is aborted', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    client.hear(transfer, encodePause(5))
    transfer.abort('disk full')
    assert.deepEqual(client.said(), ['20001> ERROR 0 disk full'])
  })

  test('ClientRead ignores a PAUSE after the OACK and after DATA', () => {
    const client = new Client()
    const transfer = client.reading({ pause, timeout: '3' }, { giveUpMs: 10_000 })
    client.said()
    client.hear(transfer, oack({ pause, timeout: '3' }))
    assert.deepEqual(client.hear(transfer, encodePause(60)), [])
    assert.deepEqual(client.pass(transfer, 3000), ['3001 20001> ACK 0'], 'its timer has not moved')
    client.hear(transfer, data(1, patterned(512)))
    assert.deepEqual(client.hear(transfer, encodePause(60)), [])
    client.pass(transfer, 60_000)
    assert.deepEqual(client.outcomes, [{ kind: 'timed-out' }])
    assert.equal(transfer.pauseCount, 0)
  })

  test('ClientRead ignores a PAUSE that is too short', () => {
    const client = new Client()
    const transfer = client.reading({ pause })
    client.said()
    assert.deepEqual(client.hear(transfer, Uint8Array.of(0, 7, 0)), [])
    assert.equal(transfer.pauseCount, 0)
  })

  const withoutPause: readonly [string, (client: Client) => ClientTransfer][] = [
    ['a read that has not asked', (client) => client.reading({ tsize: '0' })],
    ['a read that asked wrongly', (client) => client.reading({ pause: '3601' })],
    ['a write', (client) => client.writing({ pause })],
  ]
  for (const [what, begin] of withoutPause) {
    test(`ClientTransfer ignores PAUSE in ${what}`, () => {
      const client = new Client()
      const transfer = begin(client)
      client.said()
      assert.deepEqual(client.hear(transfer, encodePause(60)), [])
      assert.equal(client.pass(transfer, 1000).length, 1)
      assert.equal(transfer.pauseCount, undefined)
      assert.deepEqual(client.hear(transfer, encodePause(60), OTHER_PORT), [])
    })
  }
})
