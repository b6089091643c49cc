import { Document, type Node, YAMLMap, YAMLSeq } from 'yaml'
import type { ImportedMap, ImportedRoute, ImportedRule } from './imported-map.ts'

/**
 * Writes what was imported as `trivet.yaml`, with a comment for each line of the source.
 *
 * @param heading - What stands on top of it, without `#`.
 */
export function writeImportedSite(imported: ImportedMap, heading: string): string {
  const document = new Document({ ...imported.site, routes: [] })
  document.commentBefore = ` ${heading}`
  const routes = new YAMLSeq()
  for (const route of imported.routes) routes.items.push(routeNode(document, route))
  document.set('routes', routes)
  return document.toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: true })
}

function routeNode(document: Document, { comment, keys, rules }: ImportedRoute): Node {
  const node = document.createNode(keys) as YAMLMap
  if (comment !== undefined) node.commentBefore = ` ${comment}`
  if (rules === undefined) return node
  const list = new YAMLSeq()
  for (const rule of rules) list.items.push(ruleNode(document, rule))
  node.set('rewrite', document.createNode({}))
  node.setIn(['rewrite', 'rules'], list)
  const rewrite = node.get('rewrite')
  if (rewrite instanceof YAMLMap) rewrite.flow = false
  return node
}

function ruleNode(document: Document, { comment, rule }: ImportedRule): Node {
  const node = document.createNode(rule, { flow: true })
  node.commentBefore = ` ${comment}`
  return node
}
