import type { Finding } from '../finding.ts'
import { readModule } from '../module.ts'
import { readText } from '../source-tree.ts'
import { loadModule } from './load.ts'

const page = 'docs/errors.md'
const union = 'src/base/refusal.ts'

/** One row of the page: `| \`BUSY\` | 0 … | 503 … | what to do |`. */
interface Row {
  readonly line: number
  readonly tftp: number
  readonly http: number
}

/**
 * Reports refusals that `docs/errors.md` leaves out or describes otherwise than the fronts answer
 * them.
 */
export async function findUndocumentedRefusals(root: string): Promise<Finding[]> {
  const { tftpErrorFor } = await loadModule(root, 'src/protocol/tftp/error-code.ts')
  const { httpStatusFor } = await loadModule(root, 'src/fronts/http/status.ts')
  const tftp = tftpErrorFor as Readonly<Record<string, number>>
  const http = httpStatusFor as Readonly<Record<string, number>>
  const codes = codesOf(root)
  const rows = rowsOf(readText(root, page))
  const missing = codes.filter((code) => !rows.has(code))
  return [
    ...missing.map((code) => ({ file: page, line: 1, message: `has no row for ${code}` })),
    ...[...rows].flatMap(([code, row]) => {
      const at = { file: page, line: row.line }
      if (!codes.includes(code)) return [{ ...at, message: `has a row for ${code}, no refusal` }]
      const said = `TFTP ${row.tftp}, HTTP ${row.http}`
      const done = `TFTP ${tftp[code]}, HTTP ${http[code]}`
      return said === done ? [] : [{ ...at, message: `says ${code} is ${said}; it is ${done}` }]
    }),
  ]
}

/** The members of the union `RefusalCode`. */
function codesOf(root: string): string[] {
  const { program } = readModule(root, union)
  for (const node of program.body) {
    const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : undefined
    if (declared?.type !== 'TSTypeAliasDeclaration' || declared.id.name !== 'RefusalCode') continue
    const { typeAnnotation } = declared
    const members = typeAnnotation.type === 'TSUnionType' ? typeAnnotation.types : [typeAnnotation]
    return members.flatMap((member) => {
      const literal = member.type === 'TSLiteralType' ? member.literal : undefined
      return literal?.type === 'Literal' ? [String(literal.value)] : []
    })
  }
  throw new Error(`Cannot find the refusals: ${union} does not export the type RefusalCode`)
}

function rowsOf(text: string): ReadonlyMap<string, Row> {
  const rows = text.split('\n').flatMap((line, index): [string, Row][] => {
    const [, code, tftp, http] = line.match(/^\| `([A-Z_]+)` \| (\d+)\b[^|]*\| (\d+)\b/) ?? []
    if (code === undefined) return []
    return [[code, { line: index + 1, tftp: Number(tftp), http: Number(http) }]]
  })
  return new Map(rows)
}
