let atMs = Number.NaN
let text = ''

/** The time, ISO 8601 with milliseconds; requests of one batch come within the same. */
export function isoNow(): string {
  const now = Date.now()
  if (now === atMs) return text
  atMs = now
  text = new Date(now).toISOString()
  return text
}
