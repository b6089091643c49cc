import { createHash, randomBytes } from 'node:crypto'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SecretError } from './secret-error.ts'

/** Bytes of a key of AES-256. */
const KEY_BYTES = 32

/** What secrets are encrypted with. */
export interface SecretKey {
  /** Tells keys apart without giving one away: the first 12 characters of its SHA-256, in hex. */
  readonly id: string
  readonly bytes: Uint8Array
}

export function newSecretKey(): SecretKey {
  return keyOf(randomBytes(KEY_BYTES))
}

/**
 * Reads a key as it is written: 64 hexadecimal digits, or 43 or 44 characters of base64.
 *
 * @param origin - Where it was found, for people: a path or a variable.
 * @throws {SecretError} `KEY_INVALID`; the message holds nothing of what was found.
 */
export function parseSecretKey(text: string, origin: string): SecretKey {
  const written = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(written)) return keyOf(Buffer.from(written, 'hex'))
  if (/^[0-9A-Za-z+/_-]{43}=?$/.test(written)) return keyOf(Buffer.from(written, 'base64'))
  const found = `Found ${written.length} characters in ${origin}`
  throw new SecretError('KEY_INVALID', `${found}, a key is ${KEY_BYTES} bytes in hex or base64`)
}

export function formatSecretKey({ bytes }: SecretKey): string {
  return `${Buffer.from(bytes).toString('base64')}\n`
}

/**
 * Reads a key from a file; undefined when there is none.
 *
 * @throws {SecretError} `KEY_INVALID`, also for a file that others may read.
 */
export async function readSecretKey(file: string): Promise<SecretKey | undefined> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0')
      const message = `Found mode ${found} of ${file}, only its owner may read it: chmod 600`
      throw new SecretError('KEY_INVALID', message)
    }
    return parseSecretKey(await readFile(file, 'utf8'), file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a key to the disk for good. @throws When the file is there. */
export async function writeSecretKey(file: string, key: SecretKey): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(formatSecretKey(key))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(file))
}

/** Puts a key file in the place of another, for good. */
export async function replaceSecretKey(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function keyOf(bytes: Buffer): SecretKey {
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  return { id, bytes: Uint8Array.from(bytes) }
}
