/** A statement with its end, a string in it as one piece; or what is left of a broken one. */
const STATEMENT = /(?:[^;{}"#]|"(?:[^"\\]|\\.)*")*[;{}]|[^#]+|#.*/g
/** One statement and nothing else, strings in it included. */
const ONE_STATEMENT = /^[^;{}"#]*(?:"(?:[^"\\]|\\.)*"[^;{}"#]*)*[;{}]$/

/** True for a line as dhcpd writes it: one statement. Most lines are; the rest is cut. */
export function isOneStatement(line: string): boolean {
  return ONE_STATEMENT.test(line)
}

/** Cuts a line of a dhcpd file into statements, each with its end; comments are left out. */
export function statementsOf(line: string): readonly string[] {
  const pieces = line.match(STATEMENT) ?? []
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '' && piece[0] !== '#')
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b' }

/**
 * The bytes of a value: a string in which what cannot be printed is octal (`"\001\000\021\"3DU"`),
 * or hexadecimal numbers with colons.
 */
export function escapedBytes(value: string): Uint8Array {
  if (!value.startsWith('"')) {
    const numbers = value.trim().split(':')
    return Uint8Array.from(numbers, (digits) => Number.parseInt(digits, 16))
  }
  const text = value
    .slice(1, value.lastIndexOf('"'))
    .replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
    )
  return Buffer.from(text, 'latin1')
}
