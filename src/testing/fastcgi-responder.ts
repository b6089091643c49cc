import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type RecordPart, RecordDecoder } from '../protocol/fastcgi/record-decoder.ts'
import { encodeHeader, HEADER_BYTES, RecordType } from '../protocol/fastcgi/record.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A request as a responder sees it, and the means to answer it well or badly. */
export interface ResponderRequest {
  readonly params: Readonly<Record<string, string>>
  /** Counts from 1, in the order of their coming. */
  readonly connectionNumber: number
  readonly keepsConnection: boolean
  readonly socket: Socket
  /** The whole input; never there when it does not end. */
  readonly input: Promise<Buffer>
  /** Resolves when the request is aborted. */
  readonly aborted: Promise<void>
  /** Resolves when the connection is no more. */
  readonly gone: Promise<void>
  /** Sends output; resolves when there is room for more. */
  readonly output: (content: string | Uint8Array) => Promise<void>
  readonly errors: (content: string) => void
  readonly end: (appStatus?: number, protocolStatus?: number) => void
}

/** A FastCGI application in this process. */
export interface FastcgiResponder extends AsyncDisposable {
  /** Absolute path of its Unix socket; nothing is there when it has an address. */
  readonly socket: string
  /** `127.0.0.1` and its port when it listens by TCP. */
  readonly address: string | undefined
  /** Connections so far. */
  readonly connectionCount: number
  /** Connections that are open. */
  readonly openCount: number
  /** Requests so far. */
  readonly requestCount: number
}

/** Starts an application; the answerer is called once the parameters are there. */
export async function startResponder(
  answer: (request: ResponderRequest) => void | Promise<void>,
  { by = 'socket' }: { readonly by?: 'socket' | 'tcp' } = {},
): Promise<FastcgiResponder> {
  const folder = await temporaryFolder()
  const socket = join(folder.path, 'app.sock')
  const sockets = new Set<Socket>()
  const counts = { connections: 0, requests: 0 }
  const server = createServer((connection) => {
    sockets.add(connection)
    counts.connections += 1
    connection.on('error', () => {}).on('close', () => sockets.delete(connection))
    const talk = new Conversation(connection, counts.connections, (request) => {
      counts.requests += 1
      void answer(request)
    })
    connection.on('data', (chunk: Buffer) => talk.push(chunk))
  })
  if (by === 'tcp') server.listen(0, '127.0.0.1')
  else server.listen(socket)
  await once(server, 'listening')
  const at = server.address()
  return {
    socket,
    address: at !== null && typeof at === 'object' ? `127.0.0.1:${at.port}` : undefined,
    get connectionCount() {
      return counts.connections
    },
    get openCount() {
      return sockets.size
    },
    get requestCount() {
      return counts.requests
    },
    async [Symbol.asyncDispose]() {
      for (const connection of sockets) connection.destroy()
      server.close()
      await once(server, 'close')
      await folder[Symbol.asyncDispose]()
    },
  }
}

interface Signal {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

/** One connection, seen from the application. */
class Conversation {
  readonly #socket: Socket
  readonly #number: number
  readonly #begun: (request: ResponderRequest) => void
  readonly #decoder = new RecordDecoder()
  #flags = 0
  #params: Buffer[] = []
  #input: Buffer[] = []
  #inputOver = Promise.withResolvers<Buffer>()
  #aborted: Signal = Promise.withResolvers<void>()

  constructor(socket: Socket, number: number, begun: (request: ResponderRequest) => void) {
    this.#socket = socket
    this.#number = number
    this.#begun = begun
  }

  push(chunk: Buffer): void {
    for (const part of this.#decoder.push(chunk)) this.#take(part)
  }

  #take({ header, content }: RecordPart): void {
    const { type, contentBytes } = header
    if (type === RecordType.BeginRequest) {
      this.#flags = content[2] ?? 0
      this.#params = []
      this.#input = []
      this.#inputOver = Promise.withResolvers<Buffer>()
      this.#aborted = Promise.withResolvers<void>()
    } else if (type === RecordType.AbortRequest) this.#aborted.resolve()
    else if (type === RecordType.Params && contentBytes > 0) this.#params.push(Buffer.from(content))
    else if (type === RecordType.Params) this.#begun(this.#request())
    else if (contentBytes > 0) this.#input.push(Buffer.from(content))
    else this.#inputOver.resolve(Buffer.concat(this.#input))
  }

  #request(): ResponderRequest {
    const socket = this.#socket
    return {
      params: decodePairs(Buffer.concat(this.#params)),
      connectionNumber: this.#number,
      keepsConnection: this.#flags === 1,
      socket,
      input: this.#inputOver.promise,
      aborted: this.#aborted.promise,
      gone: new Promise((resolve) => {
        socket.once('close', () => resolve())
      }),
      async output(content) {
        if (!socket.write(record(RecordType.Stdout, Buffer.from(content)))) {
          await new Promise<void>((resolve) => {
            const onChange = (): void => {
              socket.off('drain', onChange).off('close', onChange)
              resolve()
            }
            socket.on('drain', onChange).on('close', onChange)
          })
        }
      },
      errors: (content) => void socket.write(record(RecordType.Stderr, Buffer.from(content))),
      end(appStatus = 0, protocolStatus = 0) {
        const content = Buffer.alloc(8)
        content.writeUInt32BE(appStatus)
        content[4] = protocolStatus
        socket.write(record(RecordType.EndRequest, content))
      },
    }
  }
}

/** A record with padding, as applications send them. */
function record(type: number, content: Uint8Array): Buffer {
  const paddingBytes = -content.length & 7
  const bytes = Buffer.alloc(HEADER_BYTES + content.length + paddingBytes, 0xee)
  bytes.fill(0, 0, HEADER_BYTES)
  encodeHeader(bytes, 0, { type, contentBytes: content.length })
  bytes[6] = paddingBytes
  bytes.set(content, HEADER_BYTES)
  return bytes
}

function decodePairs(bytes: Buffer): Record<string, string> {
  const pairs: Record<string, string> = {}
  let offset = 0
  const length = (): number => {
    const isLong = (bytes[offset] ?? 0) > 127
    const value = isLong ? bytes.readUInt32BE(offset) - 2 ** 31 : bytes.readUInt8(offset)
    offset += isLong ? 4 : 1
    return value
  }
  const text = (size: number): string => bytes.toString('utf8', offset, (offset += size))
  while (offset < bytes.length) {
    const [nameBytes, valueBytes] = [length(), length()]
    const name = text(nameBytes)
    pairs[name] = text(valueBytes)
  }
  return pairs
}
