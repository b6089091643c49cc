import {
  Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  Pair,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from 'yaml'
import { areEqual, type Value } from '../inventory/value.ts'
import { KitConflictError } from './kit-conflict.ts'
import type { Kit } from './read-kit.ts'

/** The folder of a site whose files are served as they are. */
export const FILES_FOLDER = 'files'

/**
 * Writes the `trivet.yaml` of a site for these kits: their values, expected misses and routes, in
 * the order of the kits, with the comments that stand in them.
 *
 * The same kits give the same bytes.
 *
 * @throws {KitConflictError} When two kits want another value, or another route of the same name.
 */
export function composeSite(kits: readonly Kit[]): string {
  const top = new YAMLMap<Scalar, YAMLMap | YAMLSeq>()
  const conflicts: string[] = []
  const sections = {
    values: valuesOf(kits, conflicts),
    expectedMisses: missesOf(kits),
    routes: routesOf(kits, conflicts),
  }
  if (conflicts.length > 0) throw new KitConflictError(conflicts)
  for (const [name, section] of Object.entries(sections)) {
    if (section.items.length === 0) continue
    const key = new Scalar(name)
    key.spaceBefore = top.items.length > 0
    top.items.push(new Pair(key, section))
  }
  const document = new Document(top, { schema: 'failsafe' })
  document.commentBefore = heading(kits)
  return document.toString({ lineWidth: 100, singleQuote: true })
}

function heading(kits: readonly Kit[]): string {
  const names = kits.map(({ name }) => name).join(' ')
  return ` Made by: trivet init --kit ${names}\n Routes are tried in order; the first that has the file answers.`
}

function valuesOf(kits: readonly Kit[], conflicts: string[]): YAMLMap {
  const values = new YAMLMap()
  const first = new Map<string, { readonly kit: string; readonly value: unknown }>()
  for (const kit of kits) {
    const added: Pair[] = []
    for (const pair of itemsOf<Pair>(kit, 'values')) {
      const key = String(pair.key)
      const value = kit.content.values[key]
      const before = first.get(key)
      if (before === undefined) {
        first.set(key, { kit: kit.name, value })
        added.push(pair)
      } else if (!areEqual(before.value as Value, value as Value)) {
        conflicts.push(`The kits "${before.kit}" and "${kit.name}" differ in the value "${key}"`)
      }
    }
    titled(added[0]?.key, kit, values)
    values.items.push(...added)
  }
  return values
}

function missesOf(kits: readonly Kit[]): YAMLSeq {
  const misses = new YAMLSeq()
  const seen = new Set<string>()
  for (const kit of kits) {
    const added = itemsOf<Node>(kit, 'expectedMisses').filter((node) => {
      const pattern = String(node)
      const isNew = !seen.has(pattern)
      seen.add(pattern)
      return isNew
    })
    titled(added[0], kit, misses)
    misses.items.push(...added)
  }
  return misses
}

function routesOf(kits: readonly Kit[], conflicts: string[]): YAMLSeq {
  const routes = new YAMLSeq()
  const firsts = new Map<string, { readonly kit: string; readonly route: unknown }>()
  for (const kit of kits) {
    const added: YAMLMap[] = []
    for (const [index, node] of itemsOf<YAMLMap>(kit, 'routes').entries()) {
      const route = kit.content.routes[index]
      const { name, match = '' } = route ?? {}
      const first = firsts.get(name ?? match)
      if (first === undefined) firsts.set(name ?? match, { kit: kit.name, route })
      else if (areEqual(first.route as Value, route as unknown as Value)) continue
      else if (name === undefined) nameAfterMatch(node, `${kit.name} ${match}`)
      else conflicts.push(`The kits "${first.kit}" and "${kit.name}" differ in the route "${name}"`)
      added.push(node)
    }
    titled(added[0], kit, routes)
    routes.items.push(...added)
  }
  routes.items.push(lastRoute())
  return routes
}

/** Two kits may take the same names, each for devices of its own class. */
function nameAfterMatch(route: YAMLMap, name: string): void {
  const at = route.items.findIndex(({ key }) => String(key) === 'match')
  route.items.splice(at + 1, 0, new Pair(new Scalar('name'), new Scalar(name)))
}

function lastRoute(): YAMLMap {
  const route = new YAMLMap()
  const fields = { match: '/{path...}', name: 'files', static: FILES_FOLDER }
  for (const [key, value] of Object.entries(fields)) {
    route.items.push(new Pair(new Scalar(key), new Scalar(value)))
  }
  route.commentBefore = ` Everything else is a file of the folder ${FILES_FOLDER}.`
  route.spaceBefore = true
  return route
}

/** What a kit has under a key, copied: what is joined is changed. */
function itemsOf<Item>(kit: Kit, key: string): Item[] {
  const { contents } = kit.document
  const node = isMap(contents) ? contents.get(key, true) : undefined
  if (!isMap(node) && !isSeq(node)) return []
  const copy = node.clone() as YAMLMap | YAMLSeq
  const [first] = copy.items
  // The parser takes what stands above the first one for a comment of the whole.
  const head = isPair(first) ? first.key : first
  if (isCommented(head) && copy.commentBefore) head.commentBefore = copy.commentBefore
  return [...copy.items] as Item[]
}

/** Says above the first part of a kit whose it is. */
function titled(node: unknown, { name, content }: Kit, before: YAMLMap | YAMLSeq): void {
  if (!isCommented(node)) return
  const title = ` ${content.title} (docs/kits/${name}.md)`
  node.commentBefore = node.commentBefore ? `${title}\n${node.commentBefore}` : title
  node.spaceBefore = before.items.length > 0
}

function isCommented(node: unknown): node is Scalar | YAMLMap {
  return isScalar(node) || isMap(node)
}
