import { RawClient, rawRequest } from './raw-client.ts'

/** How a read ended: the file, or the ERROR. */
export interface ReadResult {
  readonly bytes: Buffer
  /** The ERROR's code; undefined when the file is whole. */
  readonly error: number | undefined
  /** Options that were acknowledged, as `name=value`. */
  readonly options: readonly string[]
}

const [DATA, ERROR, OACK] = [3, 5, 6]

/**
 * Reads a file as the simplest of clients does: asks once, acknowledges each block, repeats
 * nothing.
 *
 * @param where - The server, and the client's own address.
 */
export async function readByTftp(
  name: string,
  where: { readonly port: number; readonly from?: string },
  options: readonly string[] = [],
): Promise<ReadResult> {
  await using client = await RawClient.open(where.from)
  client.send(rawRequest(1, name, 'octet', ...options), where.port)
  return await receiveFile(client)
}

/** Takes what answers a request that was sent. */
export async function receiveFile(client: RawClient): Promise<ReadResult> {
  const blocks: Buffer[] = []
  let acknowledged: readonly string[] = []
  let blockBytes = 512
  for (;;) {
    const { bytes, port } = await client.reply()
    const opcode = bytes.readUInt16BE(0)
    if (opcode === ERROR) {
      const error = bytes.readUInt16BE(2)
      return { bytes: Buffer.concat(blocks), error, options: acknowledged }
    }
    if (opcode === OACK) {
      acknowledged = pairsOf(bytes)
      blockBytes = Number(acknowledged.join().match(/blksize=(\d+)/)?.[1] ?? blockBytes)
      client.send(Buffer.from([0, 4, 0, 0]), port)
    }
    if (opcode !== DATA) continue
    client.send(Buffer.from([0, 4, bytes[2] ?? 0, bytes[3] ?? 0]), port)
    if (bytes.readUInt16BE(2) === ((blocks.length + 1) & 0xffff)) blocks.push(bytes.subarray(4))
    if (bytes.length < blockBytes + 4) {
      return { bytes: Buffer.concat(blocks), error: undefined, options: acknowledged }
    }
  }
}

/** The options of an OACK, as `name=value`. */
export function pairsOf(oack: Buffer): readonly string[] {
  const words = oack.subarray(2, -1).toString('latin1').split('\0')
  return words.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${words[index + 1]}`] : []))
}
