import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'

/** An HTTP server on loopback, as an upstream. Stopped after `await using`. */
export interface HttpUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  readonly origin: string
  readonly port: number
  /** What was asked so far, oldest first: `GET /a.cfg`. */
  readonly asked: readonly string[]
  /** Connections that were made so far. */
  readonly connectionCount: number
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Starts one that answers as the test says. */
export async function startUpstream(answer: Answer, port = 0): Promise<HttpUpstream> {
  const asked: string[] = []
  let connectionCount = 0
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    void answer(request, response)
  })
  server.on('connection', () => {
    connectionCount += 1
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...placeOf(server.address()),
    asked,
    get connectionCount() {
      return connectionCount
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Starts one that writes bytes of the test's own when a request has come: right or wrong HTTP. */
export async function startRawUpstream(
  answer: (socket: Socket, request: string) => void,
): Promise<HttpUpstream> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1')
      asked.push(text.split(' HTTP/', 1)[0] ?? '')
      answer(socket, text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...placeOf(server.address()),
    asked,
    get connectionCount() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An origin on loopback where nobody listens. */
export async function deadOrigin(): Promise<string> {
  await using server = await startUpstream(() => {})
  return server.origin
}

function placeOf(address: AddressInfo | string | null): { origin: string; port: number } {
  if (address === null || typeof address === 'string') throw new TypeError('No port')
  return { origin: `http://127.0.0.1:${address.port}`, port: address.port }
}
