import { Refusal } from '../../base/refusal.ts'
import { normaliseMac } from '../../routing/parameter-types.ts'
import type { RequestContext } from '../../routing/source.ts'

/** Longest part of a name, in bytes: file systems take 255. */
const SEGMENT_BYTES_MAX = 200
/** Longest name, in bytes. */
const NAME_BYTES_MAX = 1000
/** Folders in a name, and the file. */
const SEGMENTS_MAX = 16

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)(?::([A-Za-z]+))?\}/g

/** How each style writes a MAC address. */
const macStyles: Readonly<Record<string, (mac: string) => string>> = {
  bare: (mac) => mac.replaceAll(':', ''),
  BARE: (mac) => mac.replaceAll(':', '').toUpperCase(),
  dash: (mac) => mac.replaceAll(':', '-'),
  DASH: (mac) => mac.replaceAll(':', '-').toUpperCase(),
}

/** What is wrong with a template, in half a sentence; undefined when nothing is. */
export function nameTemplateProblem(template: string): string | undefined {
  if (/[{}]/.test(template.replaceAll(PLACEHOLDER, ''))) {
    return 'placeholders like {mac} are needed in braces'
  }
  for (const [, , style] of template.matchAll(PLACEHOLDER)) {
    if (style !== undefined && !Object.hasOwn(macStyles, style)) {
      return `a style of MAC addresses is needed instead of "${style}": ${Object.keys(macStyles).join(', ')}`
    }
  }
  const sample = template.replaceAll(PLACEHOLDER, 'x')
  return storableProblem(sample) === undefined
    ? undefined
    : `a relative name is needed: ${storableProblem(sample)}`
}

/** The parameters that a template needs. */
export function nameTemplateParameters(template: string): readonly string[] {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name))]
}

/**
 * The name that a file is kept under: `phones/0004f2abcdef-boot.log`.
 *
 * @param template - Undefined: what `{path...}` captured, else the whole path.
 * @throws {Refusal} `ACCESS_DENIED` for one that cannot be kept.
 */
export function storedName(
  { path, params }: Pick<RequestContext, 'path' | 'params'>,
  template: string | undefined,
): string {
  const name =
    template === undefined
      ? (params['path'] ?? path.text.slice(1))
      : template.replaceAll(PLACEHOLDER, (_, parameter: string, style?: string) =>
          valueOf(params[parameter] ?? '', style),
        )
  const problem = storableProblem(name)
  if (problem !== undefined) throw unusable(path.text, problem)
  return name
}

function valueOf(value: string, style: string | undefined): string {
  const write = style === undefined ? undefined : macStyles[style]
  if (write === undefined) return value
  const mac = normaliseMac(value)
  if (mac === undefined) throw unusable(value, 'it is no MAC address')
  return write(mac)
}

function unusable(found: string, problem: string): Refusal {
  return new Refusal('ACCESS_DENIED', `Cannot keep ${JSON.stringify(found)}: ${problem}`, {
    wireMessage: 'This name cannot be used',
  })
}

/** Why no file can be kept under a name, in half a sentence; undefined when one can. */
function storableProblem(name: string): string | undefined {
  const segments = name.split('/')
  const encoder = new TextEncoder()
  if (segments.some((segment) => segment === '')) return 'a part of it is empty'
  if (segments.some((segment) => segment.startsWith('.'))) return 'a part of it begins with a dot'
  if (/\p{Cc}/u.test(name)) return 'it has control characters'
  // Names that differ only there would be one file.
  if (name.includes('\u{fffd}')) return 'it is not UTF-8'
  if (segments.length > SEGMENTS_MAX) return `it has more than ${SEGMENTS_MAX} parts`
  const isLong = segments.some((one) => encoder.encode(one).length > SEGMENT_BYTES_MAX)
  if (isLong) return `a part of it has more than ${SEGMENT_BYTES_MAX} bytes`
  const bytes = encoder.encode(name).length
  return bytes > NAME_BYTES_MAX ? `it has more than ${NAME_BYTES_MAX} bytes` : undefined
}
