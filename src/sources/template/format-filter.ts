import { type Filter, FilterError, readGiven, shown, textOf } from './filter.ts'

/** `%[(name)][flags][width][.precision]type`, `%%`, or what is neither. */
const DIRECTIVE = new RegExp(
  [
    '%(?:%',
    String.raw`(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<type>[a-zA-Z])`,
    '.?)',
  ].join('|'),
  'gs',
)
const WIDTH_MAX = 1000
const PRECISION_MAX = 50

interface Directive {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly type: string
}

/** `format(…)`: as `printf` and Python's `%` do: `%s %d %05.2f %02x %-10s %(name)s %%`. */
export const format: Filter = (value, ...given) => {
  const { positional, named } = readGiven(given)
  let index = 0
  const take = (key: string | undefined): unknown => {
    if (key !== undefined && named.has(key)) return named.get(key)
    if (key !== undefined) throw new FilterError('format', `no argument is named "${key}"`)
    if (index >= positional.length) throw new FilterError('format', 'too few arguments')
    index += 1
    return positional[index - 1]
  }
  const text = textOf('format', value).replaceAll(DIRECTIVE, (...found: unknown[]) => {
    const whole = String(found[0])
    if (whole === '%%') return '%'
    const groups = found.at(-1) as Readonly<Record<string, string | undefined>>
    if (groups['type'] === undefined) throw new FilterError('format', `"${whole}" is no directive`)
    return write(take(groups['key']), parseDirective(whole, groups))
  })
  if (index < positional.length) {
    throw new FilterError('format', `${positional.length} arguments, ${index} are used`)
  }
  return text
}

function parseDirective(
  whole: string,
  groups: Readonly<Record<string, string | undefined>>,
): Directive {
  const { flags = '', width = '', precision, type = '' } = groups
  const isTooLong = Number(width) > WIDTH_MAX || Number(precision ?? 0) > PRECISION_MAX
  if (isTooLong) {
    const allowed = `a width up to ${WIDTH_MAX}, a precision up to ${PRECISION_MAX}`
    throw new FilterError('format', `"${whole}" is too long; allowed are ${allowed}`)
  }
  const places = precision === undefined ? undefined : Number(precision)
  return { flags, width: Number(width), precision: places, type }
}

function write(value: unknown, directive: Directive): string {
  const { type, precision } = directive
  switch (type) {
    case 's':
      return pad(textOf('format', value).slice(0, precision), directive)
    case 'c':
      return pad(characterOf(value), directive)
    case 'd':
    case 'i':
    case 'u':
      return writeNumber(Math.trunc(numberOf(value, type)), '', directive)
    case 'x':
    case 'X':
    case 'o':
      return writeNumber(wholeOf(value, type), type, directive)
    case 'f':
    case 'F':
    case 'e':
    case 'E':
      return writeNumber(numberOf(value, type), type, directive)
    default:
      throw new FilterError('format', `"%${type}" is not known; known are s c d i u x X o f e`)
  }
}

function writeNumber(value: number, base: string, directive: Directive): string {
  const { flags } = directive
  const sign = value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const prefix = flags.includes('#') && /[xXo]/.test(base) ? `0${base}` : ''
  const digits = digitsOf(Math.abs(value), base, directive.precision)
  return pad(digits, directive, sign + prefix)
}

function digitsOf(value: number, type: string, precision: number | undefined): string {
  const places = precision ?? 6
  if (type === 'f' || type === 'F') return value.toFixed(places)
  if (type === 'e' || type === 'E') {
    const text = value.toExponential(places).replace(/e([+-])(\d)$/, 'e$10$2')
    return type === 'E' ? text.toUpperCase() : text
  }
  const radix = type === 'o' ? 8 : type === '' ? 10 : 16
  const digits = radix === 10 ? BigInt(value).toString() : value.toString(radix)
  const text = digits.padStart(precision ?? 0, '0')
  return type === 'X' ? text.toUpperCase() : text
}

function pad(text: string, { flags, width, type }: Directive, sign = ''): string {
  if (flags.includes('-')) return (sign + text).padEnd(width)
  const isZeroed = flags.includes('0') && type !== 's' && type !== 'c'
  return isZeroed ? sign + text.padStart(width - sign.length, '0') : (sign + text).padStart(width)
}

function numberOf(value: unknown, type: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw new FilterError('format', `"%${type}" needs a number, found ${shown(value)}`)
}

function wholeOf(value: unknown, type: string): number {
  const number = numberOf(value, type)
  if (Number.isSafeInteger(number)) return number
  throw new FilterError('format', `"%${type}" needs a whole number, found ${shown(value)}`)
}

function characterOf(value: unknown): string {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0x10_ffff) {
    return String.fromCodePoint(value as number)
  }
  const text = textOf('format', value)
  if (text.length > 0 && text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length) {
    return text
  }
  throw new FilterError('format', `"%c" needs one character, found ${shown(value)}`)
}
