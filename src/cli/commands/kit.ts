import { kitNames } from '../../kits/find-kit.ts'
import type { Walk } from '../../kits/kit-schema.ts'
import type { Kit } from '../../kits/read-kit.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import type { AskedServer } from '../kits/ask-by-tftp.ts'
import { kitOrError } from '../kits/kit-or-error.ts'
import { type ReplayedStep, replayWalk, type WalkServers } from '../kits/replay-walk.ts'
import { table } from '../table.ts'

export interface KitOptions {
  readonly json?: boolean
}

export interface KitWalkOptions extends KitOptions {
  readonly server: string
  readonly http: string
  readonly giveUpMs: number
}

/** Prints the kits there are. */
export async function listKits(options: KitOptions): Promise<number> {
  const kits: Kit[] = []
  for (const name of await kitNames()) kits.push(await kitOrError(name))
  const rows = kits.map(({ name, content: { title, summary } }) => ({ name, title, summary }))
  if (options.json) return printJson(rows)
  const lines = rows.map(({ name, title, summary }) => [name, title, summary])
  process.stdout.write(table([['kit', 'for', 'what it does'], ...lines]))
  return ExitStatus.done
}

/** Prints what a kit holds. */
export async function showKit(nameOrFolder: string, options: KitOptions): Promise<number> {
  const { name, folder, content, inventory } = await kitOrError(nameOrFolder)
  if (options.json) return printJson({ name, folder, ...content, inventory })
  const { title, summary, routes, youSupply, walks, notVerified } = content
  const lines = [
    `${title}: ${summary}`,
    '',
    'Routes:',
    ...routes.map(({ match, class: only }) => `  ${match}${only ? ` (class ${only})` : ''}`),
    ...titled(
      'Classes:',
      inventory.classes.map((one) => one.name),
    ),
    ...titled(
      'Example devices:',
      inventory.devices.map(({ id }) => id),
    ),
    ...titled('You bring along:', youSupply),
    ...walks.flatMap((walk) => titled(`Asked at "${walk.name}":`, walk.steps.map(describeStep))),
    ...titled('Not verified:', notVerified),
    '',
  ]
  process.stdout.write(lines.join('\n'))
  return ExitStatus.done
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function describeStep({ ask, put, by, times, answer }: Walk['steps'][number]): string {
  const name = put === undefined ? (ask ?? '') : `put ${put}`
  const front = by === 'http' ? ' by HTTP' : ''
  return `${name}${front}${times > 1 ? `, ${times} times` : ''}: ${answer}`
}

/** Asks a running server what the devices of these kits ask. */
export async function walkKits(names: readonly string[], options: KitWalkOptions): Promise<number> {
  const { giveUpMs } = options
  const servers: WalkServers = {
    tftp: { ...placeOf(options.server, 69), giveUpMs },
    http: { ...placeOf(options.http, 8069), giveUpMs },
  }
  const results: { kit: string; walk: string; steps: ReplayedStep[] }[] = []
  for (const name of names) {
    const kit = await kitOrError(name)
    for (const walk of kit.content.walks) {
      const steps = await replayWalk(walk, kit, servers)
      results.push({ kit: kit.name, walk: walk.name, steps })
    }
  }
  const steps = results.flatMap((result) => result.steps)
  if (options.json) printJson(results.map((one) => ({ ...one, steps: one.steps.map(stepJson) })))
  else for (const one of results) process.stdout.write(walkText(one))
  if (steps.every(({ fault }) => fault === undefined)) return ExitStatus.done
  const isSilent = steps.every(({ answer }) => answer.kind === 'silent')
  return isSilent ? ExitStatus.noAnswer : ExitStatus.refused
}

function walkText({ kit, walk, steps }: { kit: string; walk: string; steps: ReplayedStep[] }) {
  const rows = steps.map(({ step, answer, durationMs, fault }) => [
    step.by,
    step.put === undefined ? (step.ask ?? '') : `put ${step.put}`,
    answer.kind,
    answer.kind === 'file' || answer.kind === 'stopped' ? String(answer.sizeBytes) : '',
    String(durationMs),
    fault ?? 'as expected',
  ])
  const head = ['by', 'asked', 'got', 'bytes', 'ms', 'verdict']
  return `${kit}, ${walk}:\n${table([head, ...rows])}\n`
}

function stepJson({ step, answer, durationMs, fault }: ReplayedStep): object {
  const { kind, sizeBytes, options, detail } = answer
  return {
    by: step.by,
    ...(step.put === undefined ? { ask: step.ask } : { put: step.put }),
    expected: step.answer,
    got: kind,
    bytes: sizeBytes,
    options: Object.fromEntries(options),
    ...(detail === undefined ? {} : { detail }),
    durationMs,
    ...(fault === undefined ? {} : { fault }),
  }
}

/** `127.0.0.1:6969`, `[::1]:6969`, or a host alone. */
function placeOf(text: string, defaultPort: number): Pick<AskedServer, 'host' | 'port'> {
  const form = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/
  const groups = form.exec(text)?.groups
  const port = Number(groups?.['port'] ?? defaultPort)
  if (groups !== undefined && port >= 1 && port <= 65_535) {
    return { host: groups['v6'] ?? groups['name'] ?? '', port }
  }
  throw new CommandError(`Found "${text}", HOST:PORT is needed`, ExitStatus.usage)
}

function printJson(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  return ExitStatus.done
}
