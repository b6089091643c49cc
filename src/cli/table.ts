import CliTable from 'cli-table3'

/** No lines between cells: what is printed can be cut by other programs. */
const PLAIN = {
  ...Object.fromEntries(
    ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) => [
      [side, ''],
      [`${side}-mid`, ''],
      [`${side}-left`, ''],
      [`${side}-right`, ''],
    ]),
  ),
  middle: '  ',
}

/** Rows of text as columns, two spaces apart; the first row is the heading. */
export function table([head, ...rows]: readonly (readonly string[])[]): string {
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true }
  const printed = new CliTable({ head: [...(head ?? [])], chars: PLAIN, style })
  for (const row of rows) printed.push([...row])
  const lines = printed.toString().split('\n')
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}
