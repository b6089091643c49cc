import { plainValue } from '../../yaml/yaml-values.ts'
import { isMap, setValue, type Value, type Values } from '../../inventory/value.ts'
import { CommandError, ExitStatus } from '../command-error.ts'

/**
 * Sets values as people write them on a command line: `ntp=10.0.0.1`, `sip.port=5061`, `lines.0=x`
 * is not a list but a key; `key=` with nothing behind it removes the key from these values. What
 * begins with `{`, `[` or `"` is JSON.
 *
 * @throws {CommandError} When one cannot be read.
 */
export function assign(values: Values, assignments: readonly string[]): Values {
  return assignments.reduce((result, written) => {
    const [, key = '', text] = /^([^=]+)=([\s\S]*)$/.exec(written) ?? []
    if (text === undefined) {
      const message = `Found "${written}", an assignment such as ntp.server=10.0.0.1 is needed`
      throw new CommandError(message, ExitStatus.usage)
    }
    return withKey(result, key.split('.'), text === '' ? undefined : parseValue(text, written))
  }, values)
}

/** As in the files: only what can be nothing else is a number, a truth or nothing. */
function parseValue(text: string, written: string): Value {
  if (!/^[{["]/.test(text)) return plainValue(text)
  try {
    return JSON.parse(text) as Value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Cannot read "${written}" as JSON: ${reason}`, ExitStatus.usage)
  }
}

function withKey(values: Values, [key = '', ...rest]: string[], value: Value | undefined): Values {
  const copy: Record<string, Value> = {}
  for (const [name, before] of Object.entries(values)) {
    if (name !== key || value !== undefined || rest.length > 0) setValue(copy, name, before)
  }
  if (rest.length > 0) {
    const below = Object.hasOwn(values, key) ? values[key] : undefined
    setValue(copy, key, withKey(isMap(below) ? below : {}, rest, value))
  } else if (value !== undefined) setValue(copy, key, value)
  return copy
}
