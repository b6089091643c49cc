import { readFileSync } from 'node:fs'

/** The version in package.json, found from `src/` and from `dist/` alike. */
export const version: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const parsed: unknown = JSON.parse(text)
  const found =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed && parsed.version
  return typeof found === 'string' ? found : '0.0.0'
}
