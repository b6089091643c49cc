import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Sizes around every edge of a 512-byte block, and around 16 bits of bytes. */
export const sizes = [0, 1, 511, 512, 513, 1024, 32_767, 32_768] as const

/** 33 MiB: at blksize 512 the block number passes 65535 once. */
export const wrapBytes = 33 * 1024 * 1024

const config = `
routes:
  - match: /inbox/{path...}
    handler: inbox.mjs
    methods: [GET, PUT]
    uploadBytesMax: 67108864
  - match: /{path...}
    static: files
`

const inbox = `
const uploads = new Map()
export default async (request) => {
  const { pathname } = new URL(request.url)
  if (request.method !== 'PUT') {
    const upload = uploads.get(pathname)
    return upload ? new Response(upload) : new Response(null, { status: 404 })
  }
  if (pathname.includes('refused')) return new Response('no', { status: 403 })
  uploads.set(pathname, await request.arrayBuffer())
  return new Response(null, { status: 201 })
}
`

/** Writes a site with a file of each size, a text, and a handler that takes uploads. */
export async function writeSite(folder: string): Promise<void> {
  await mkdir(join(folder, 'files'))
  await writeFile(join(folder, 'trivet.yaml'), config)
  await writeFile(join(folder, 'inbox.mjs'), inbox)
  for (const bytes of [...sizes, wrapBytes]) {
    await writeFile(join(folder, 'files', `${bytes}.bin`), patterned(bytes))
  }
  await writeFile(join(folder, 'files', 'lines.txt'), netasciiText())
}

/** Bytes that differ at every offset of every block, so that a block in the wrong place shows. */
export function patterned(bytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4))
  for (let index = 0; index < words.length; index += 1) words[index] = (index * 2_654_435_761) >>> 0
  return Buffer.from(words.buffer, 0, bytes)
}

/** Line ends, bare carriage returns and enough of them that some fall on block edges. */
export function netasciiText(): string {
  return Array.from(
    { length: 400 },
    (_, line) => `line ${line}${line % 7 === 0 ? '\rx' : ''}\n`,
  ).join('')
}
