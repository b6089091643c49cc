import { resolve } from 'node:path'
import { Refusal } from '../../base/refusal.ts'
import {
  Explainer,
  type Explanation,
  type ExplainRequest,
  type RouteExplanation,
} from '../../server/explainer.ts'
import { silentLog } from '../../observe/log.ts'
import { AlteredView } from '../../server/altered-view.ts'
import { explainFile } from '../../server/bearing-values.ts'
import { openClientMacs } from '../../server/client-macs.ts'
import { existingInventory } from '../../server/open-inventory.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { describeDeviceFile } from '../describe-device-file.ts'
import { describeHolds } from '../describe-hold.ts'
import { missing } from '../inventory/session.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'

export interface ExplainOptions {
  readonly site?: string
  readonly from: string
  readonly front: 'tftp' | 'http'
  readonly method: 'GET' | 'PUT'
  readonly render?: boolean
  readonly profile?: boolean
  /** `name=value`, with `profile`. */
  readonly option?: readonly string[]
  readonly json?: boolean
  readonly state?: string
  readonly store?: string
}

/** What would be asked for, and by whom. */
export interface Asked {
  /** Its id; undefined: the name tells. */
  readonly device?: string
  readonly name: string
}

/**
 * Says how a request would be routed, and, for a device, what its file is made from.
 *
 * @returns The exit status: 0 a route takes it, 1 none does.
 */
export async function explain(
  { device: id, name }: Asked,
  options: ExplainOptions,
): Promise<number> {
  const { site } = await loadSiteOrExit(options.site)
  const warn = (message: string): void => complain(`warning: ${message}`)
  await using opened = await existingInventory({
    siteFolder: site.folder,
    state: options.state === undefined ? undefined : resolve(options.state),
    store: options.store,
  })
  const { inventory } = opened ?? {}
  const device = id === undefined ? undefined : inventory?.device(id)?.record
  if (id !== undefined && device === undefined) missing('device', id)
  const view = device && inventory ? new AlteredView(inventory, device) : inventory
  await using macs = await openClientMacs(site, silentLog())
  const explainer = await openExplainer(site, { warn, inventory: view, macOf: macs?.macOf })
  const { front, method, from: clientAddress } = options
  const request = { name, front, method, clientAddress }
  try {
    if (options.render) return await render(explainer, request)
    const explanation = await explainer.explain(request)
    const holds = options.profile ? explainer.explainHolds(request, optionsOf(options)) : undefined
    const mayRepeat = explanation.routes.some(({ verdict }) => verdict === 'answers')
    const file =
      device && inventory
        ? await explainFile(site, { device, inventory }, { request, mayRepeat })
        : undefined
    if (file !== undefined && 'problem' in file) {
      throw new CommandError(file.problem, ExitStatus.refused)
    }
    if (options.json)
      process.stdout.write(`${JSON.stringify({ ...explanation, file, holds }, null, 2)}\n`)
    else process.stdout.write(describe(explanation))
    if (file !== undefined && !options.json) process.stdout.write(`\n${describeDeviceFile(file)}`)
    if (holds !== undefined && !options.json) process.stdout.write(`\n${describeHolds(holds)}`)
    return explanation.routes.some(takes) ? 0 : 1
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    complain(`refused, ${error.code}: ${error.message}`)
    return 1
  }
}

/** @throws {CommandError} When a handler cannot be loaded. */
async function openExplainer(
  ...args: Parameters<typeof Explainer.open>
): ReturnType<typeof Explainer.open> {
  try {
    return await Explainer.open(...args)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new CommandError(error.message, ExitStatus.usage)
  }
}

/** The options that the device would send. @throws {CommandError} */
function optionsOf({ option = [] }: ExplainOptions): ReadonlyMap<string, string> {
  return new Map(
    option.map((written) => {
      const [, name, value] = /^([^=\0]+)=([^\0]*)$/.exec(written) ?? []
      if (name === undefined || value === undefined) {
        const message = `Found --option "${written}", an option such as tsize=0 is needed`
        throw new CommandError(message, ExitStatus.usage)
      }
      return [name.toLowerCase(), value]
    }),
  )
}

async function render(explainer: Explainer, request: ExplainRequest): Promise<number> {
  const answer = await explainer.render(request)
  const { response, refusal, body } = answer
  complain(`route ${answer.routeName ?? '(none)'}, source ${answer.sourceName ?? '(none)'}`)
  if (response === undefined) {
    const notes = answer.notes()
    if (notes !== undefined) complain(`notes: ${notes}`)
    complain(`refused, ${refusal?.code}: ${refusal?.message}`)
    return 1
  }
  complain(`status ${response.status}`)
  for (let chunk = await body.read(); chunk; chunk = await body.read()) process.stdout.write(chunk)
  const notes = answer.notes()
  if (notes !== undefined) complain(`notes: ${notes}`)
  return response.ok ? 0 : 1
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

function takes({ verdict }: RouteExplanation): boolean {
  return verdict === 'answers' || verdict === 'would-run'
}

const words: Readonly<Record<RouteExplanation['verdict'], string>> = {
  answers: 'answers',
  'would-run': 'matches; it is run to see whether it has the file (--render)',
  declines: 'matches, but has no such file: the next route is tried',
  'not-reached': 'matches, but a route above answers',
  no: 'does not match',
  rewrites: 'gives it another name, for which the routes behind it are asked',
}

function describe({ path, query, device, routes }: Explanation): string {
  const lines = [`${path}${query === '' ? '' : ` with query ${query}`}`]
  if (device !== undefined) {
    lines.push(`device ${device.id}, classes ${device.classes.join(' → ') || 'none'}`)
  }
  for (const { route, source, origin, verdict, params, why, becomes } of routes) {
    const mark = takes({ route, source, origin, verdict }) ? '→' : ' '
    const said = becomes ?? why
    const reason = said === undefined ? '' : `: ${said}`
    lines.push(`${mark} ${route}  [${source}]  ${origin}`, `    ${words[verdict]}${reason}`)
    const pairs = Object.entries(params ?? {}).map(([name, value]) => `${name}=${value}`)
    if (pairs.length > 0) lines.push(`    ${pairs.join(', ')}`)
  }
  if (!routes.some(takes)) lines.push('No route has this file: the device hears "File not found".')
  return `${lines.join('\n')}\n`
}
