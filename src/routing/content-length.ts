/**
 * The size a response announces, in bytes, 0 to 10^15 - 1; undefined when it does not, or
 * nonsensically.
 */
export function contentLengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length')
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
