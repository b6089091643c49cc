import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { type HookPlan, planHook } from './hook-plan.ts'
import {
  type ImportedMap,
  type ImportedRoute,
  type ImportedRule,
  lineComment,
  type Notice,
  reasonOf,
} from './imported-map.ts'

const HOOK_KEYS = new Set(['description', 'type', 'regexp', 'template', 'whitelist', 'urldecode'])

/**
 * Reads the configuration of hooktftp: the first hook whose expression fits makes the file. A rule
 * leads each hook's names to a route of its own.
 */
export function importHooktftp(text: string): ImportedMap {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const notices: Notice[] = document.errors.map(({ linePos, message }) => ({
    line: linePos?.[0].line ?? 1,
    message: message.split('\n', 1)[0] ?? '',
    isLost: true,
  }))
  const root = document.contents
  if (!isMap(root)) return { site: {}, routes: [], notices: [...notices, noHooks(1)] }
  const lineOf = (node: YAMLMap): number => counter.linePos(node.range?.[0] ?? 0).line
  const hooks = root.get('hooks')
  if (!isSeq(hooks)) return { site: {}, routes: [], notices: [...notices, noHooks(1)] }
  const read = new HookReader()
  for (const hook of hooks.items) if (isMap(hook)) read.hook(hook, lineOf(hook))
  return { site: siteOf(root), routes: read.routes(), notices: [...notices, ...read.notices] }
}

class HookReader {
  readonly notices: Notice[] = []
  readonly #rules: ImportedRule[] = []
  readonly #routes: ImportedRoute[] = []

  hook(node: YAMLMap, line: number): void {
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      if (!HOOK_KEYS.has(name))
        this.#note(line, `found the key "${name}", which says nothing`, false)
    }
    const [type, regexp, template] = ['type', 'regexp', 'template'].map((key) => textOf(node, key))
    if (node.has('whitelist')) this.#note(line, 'its whitelist is not carried over', true)
    if (node.get('urldecode') === true) {
      this.#note(line, 'urldecode: what is put into the URL is encoded, not decoded', true)
    }
    try {
      const plan = planHook({ type, regexp, template }, `hook-${this.#routes.length + 1}`)
      const comment = lineComment(line, `${type}, ${regexp}, ${template}`)
      this.#add(plan, comment, line)
    } catch (error) {
      this.#note(line, reasonOf(error), true)
    }
  }

  /** Names that no hook takes are led to where nothing is. */
  routes(): readonly ImportedRoute[] {
    const otherwise = { comment: 'no hook takes it', rule: { find: '^', become: 'no-hook' } }
    const rules = [...this.#rules, otherwise]
    const hooks: ImportedRoute = { keys: { match: '/{path...}', name: 'hooks' }, rules }
    return this.#routes.length === 0 ? [] : [hooks, ...this.#routes]
  }

  #add({ rule, keys, notices }: HookPlan, comment: string, line: number): void {
    this.#rules.push({ comment, rule })
    this.#routes.push({ comment, keys })
    for (const message of notices) this.#note(line, message, false)
  }

  #note(line: number, message: string, isLost: boolean): void {
    this.notices.push({ line, message, isLost })
  }
}

/** Where it listens. */
function siteOf(root: YAMLMap): Record<string, unknown> {
  const [host, port] = [textOf(root, 'host'), textOf(root, 'port')]
  if (host === '' && port === '') return {}
  const address = host || '0.0.0.0'
  const literal = address.includes(':') ? `[${address.replaceAll(/[[\]]/g, '')}]` : address
  return { listen: { tftp: [`${literal}:${port || '69'}`] } }
}

/** Empty for what is not there, or no text. */
function textOf(node: YAMLMap, key: string): string {
  const value: unknown = node.get(key)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function noHooks(line: number): Notice {
  return { line, message: 'found no list of hooks', isLost: true }
}
