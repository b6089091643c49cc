import { lstat, mkdir, unlink } from 'node:fs/promises'
import { createConnection, type Server } from 'node:net'
import { dirname, join } from 'node:path'

/** Bytes of a socket's path that every system takes: `sun_path` has 104 on BSD, 108 on Linux. */
const PATH_BYTES_MAX = 103
/** A server that does not take a connection by then is none, in ms. */
const CONNECT_MS = 2000

/** Where the socket of a server is, in the folder of its state. */
export function adminSocketFile(stateFolder: string): string {
  return join(stateFolder, 'admin.sock')
}

/**
 * Listens at a socket that only the user of this process can open. What a server left behind that
 * was killed is replaced; where one listens, that one stays.
 *
 * @throws {Error} With the reason, when it cannot be had.
 */
export async function listenAtSocket(server: Server, file: string): Promise<void> {
  const bytes = Buffer.byteLength(file)
  if (bytes > PATH_BYTES_MAX) {
    throw new Error(`its path has ${bytes} bytes, at most ${PATH_BYTES_MAX} are possible`)
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await removeStale(file)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Set for the moment of bind(2), which listen() calls before it returns, so that nobody can
    // open the socket before its mode is right.
    const before = process.umask(0o177)
    try {
      server.listen(file, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(before)
    }
  })
}

/** @throws {Error} When a server listens there, or it is no socket. */
async function removeStale(file: string): Promise<void> {
  const stats = await lstat(file).catch(() => undefined)
  if (stats === undefined) return
  if (!stats.isSocket()) throw new Error('a file is there that is no socket')
  if (await isAnswered(file)) throw new Error('another server has it')
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(file)
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.setTimeout(CONNECT_MS, () => end(true))
    socket.once('connect', () => end(true))
    // Refused: nobody listens. Whatever else it is, somebody else's socket is left alone.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED'))
  })
}
