import { join, relative } from 'node:path'
import type { Kit } from '../../kits/read-kit.ts'
import { supplyPath } from '../../kits/supply.ts'
import type { WrittenSite } from '../../kits/write-site.ts'

/** What to type next: each line works as it is. */
export interface NextSteps {
  /** Puts the example devices into the inventory; undefined where the kits have none. */
  readonly apply: string | undefined
  readonly serve: string
  /** One line for each kit that has a file to show. */
  readonly curl: readonly string[]
  readonly walk: string
}

/** The ports of these examples need no rights; a real site has 69, which devices ask. */
const [TFTP, HTTP] = ['127.0.0.1:6969', '127.0.0.1:8069']

export function nextSteps(folder: string, kits: readonly Kit[]): NextSteps {
  const site = quoted(relative(process.cwd(), folder) || '.')
  const inventory = quoted(join(relative(process.cwd(), folder), 'inventory.yaml'))
  const hasRecords = kits.some(({ inventory: { classes, devices } }) => {
    return classes.length + devices.length > 0
  })
  const names = kits.map(({ name }) => name).join(' ')
  return {
    apply: hasRecords ? `trivet apply ${inventory} --site ${site}` : undefined,
    serve: `trivet serve ${site} --tftp ${TFTP} --http ${HTTP}`,
    curl: kits.flatMap((kit) => curlLine(kit) ?? []),
    walk: `trivet kit walk ${names} --server ${TFTP} --http ${HTTP}`,
  }
}

/** What people read after `trivet init`. */
export function initText(folder: string, kits: readonly Kit[], written: WrittenSite): string {
  const site = relative(process.cwd(), folder) || '.'
  const { apply, serve, curl, walk } = nextSteps(folder, kits)
  const supplies = [...new Set(kits.flatMap(({ content }) => content.youSupply))]
  return [
    ...written.copies.map((copy) => `Kept what was there as ${join(site, copy)}`),
    ...written.files.map((name) => `Wrote ${join(site, name)}`),
    ...(written.files.length === 0 ? ['Everything is there already'] : []),
    ...(supplies.length === 0 ? [] : ['', `Bring these along, below ${site}:`]),
    ...supplies.map((one) => `  ${one}`),
    '',
    'Next:',
    ...(apply === undefined ? [] : [`  ${apply}`]),
    `  ${serve}`,
    '',
    'And then, from another terminal:',
    ...curl.map((line) => `  ${line}`),
    `  ${walk}`,
    '',
    ...kits.map(({ name, content }) => `docs/kits/${name}.md is about ${content.title}`),
    '',
  ].join('\n')
}

/** The first file of a kit's walks that it makes by itself. */
function curlLine(kit: Kit): string | undefined {
  const steps = kit.content.walks.flatMap((walk) => walk.steps)
  const step = steps.find(({ ask, answer, by }) => {
    const isMade = ask !== undefined && supplyPath(kit, ask) === undefined
    return answer === 'file' && by === 'tftp' && isMade
  })
  const path = step?.ask?.replace(/^\/*/, '/')
  return path === undefined ? undefined : `curl ${quoted(`tftp://${TFTP}${encodeURI(path)}`)}`
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}
