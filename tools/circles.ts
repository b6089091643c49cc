import type { Finding } from './finding.ts'

/** One import from a folder to another. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** Where it is written. */
  readonly file: string
  readonly line: number
}

/** Reports each circle once, at the import that closes it. */
export function findCircles(edges: readonly Edge[]): Finding[] {
  const findings: Finding[] = []
  const byFolder = Map.groupBy(distinct(edges), ({ from }) => from)
  const done = new Set<string>()
  const visit = (folder: string, path: readonly string[]) => {
    for (const { to, file, line } of byFolder.get(folder) ?? []) {
      const start = path.indexOf(to)
      if (start !== -1) {
        const circle = [...path.slice(start), to].join(' → ')
        findings.push({ file, line, message: `closes a circle of imports: ${circle}` })
      } else if (!done.has(to)) {
        visit(to, [...path, to])
      }
    }
    done.add(folder)
  }
  for (const folder of byFolder.keys()) if (!done.has(folder)) visit(folder, [folder])
  return findings
}

function distinct(edges: readonly Edge[]): Edge[] {
  const between = edges.filter(({ from, to }) => from !== to)
  return [...Map.groupBy(between, ({ from, to }) => `${from} ${to}`).values()].flatMap(
    ([first]) => first ?? [],
  )
}
