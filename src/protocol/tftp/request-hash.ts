/**
 * A number for the bytes of a request, 0 to 2^30 - 1 (FNV-1a): what is remembered of thousands of
 * them must take no memory of its own.
 */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < bytes.length; index += 1) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193)
  }
  return (hash >>> 2) & 0x3fff_ffff
}
