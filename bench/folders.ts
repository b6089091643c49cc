import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Names that the load generator asks for, small files. */
export const SMALL_NAMES = 10_000
export const SMALL_BYTES = 4096

/** A folder that is gone in the end. */
export interface BenchFolder extends AsyncDisposable {
  readonly path: string
}

export async function benchFolder(): Promise<BenchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'trivet-bench-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** What the static servers serve: each file is its own name, repeated. */
export async function writeStaticFiles(root: string): Promise<void> {
  for (let number = 0; number < SMALL_NAMES; number += 1) {
    await writeRepeated(root, smallName(number), SMALL_BYTES)
  }
  await writeRepeated(root, 'big/16.bin', 16 * 2 ** 20)
  await writeRepeated(root, 'big/64.bin', 64 * 2 ** 20)
  for (let number = 0; number < 64; number += 1) {
    const name = `mid/${String(number).padStart(2, '0')}.bin`
    await writeRepeated(root, name, 4 * 2 ** 20)
  }
}

export function smallName(number: number): string {
  return `cfg/${String(number).padStart(6, '0')}.cfg`
}

async function writeRepeated(root: string, name: string, bytes: number): Promise<void> {
  const file = join(root, name)
  await mkdir(dirname(file), { recursive: true })
  const line = Buffer.from(`${name}\n`)
  const body = Buffer.alloc(bytes)
  for (let at = 0; at < bytes; at += line.length) line.copy(body, at)
  await writeFile(file, body)
}
