import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { EncryptedSecret } from '../store.ts'
import { SecretError } from './secret-error.ts'
import type { SecretKey } from './secret-key.ts'

/** AES-256 in Galois/Counter Mode: what is changed on the disk is noticed (NIST SP 800-38D). */
const CIPHER = 'aes-256-gcm'
/**
 * NIST SP 800-38D §8.2: 96 bits, never used twice with one key. Random ones do for 2^32 secrets.
 */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts a secret. Its name is authenticated with it: nobody can put it under another one. */
export function sealSecret(
  { name, text, at }: { readonly name: string; readonly text: string; readonly at: number },
  key: SecretKey,
): EncryptedSecret {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(name))
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    name,
    keyId: key.id,
    nonce: Uint8Array.from(nonce),
    ciphertext: Uint8Array.from(bytes),
    at,
  }
}

/** Decrypts a secret. @throws {SecretError} `KEY_WRONG`, `DAMAGED`. */
export function openSecret(secret: EncryptedSecret, key: SecretKey): string {
  const { name, nonce, ciphertext } = secret
  if (secret.keyId !== key.id) {
    const message = `Secret "${name}" needs the key ${secret.keyId}, found the key ${key.id}`
    throw new SecretError('KEY_WRONG', message)
  }
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(name))
    const end = ciphertext.length - TAG_BYTES
    decipher.setAuthTag(ciphertext.subarray(end))
    return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]).toString(
      'utf8',
    )
  } catch (cause) {
    const message = `Secret "${name}" was changed behind the program's back; set it again`
    throw new SecretError('DAMAGED', message, { cause })
  }
}
