import { type CallExpression, type ObjectProperty, Visitor } from 'oxc-parser'

import type { Finding } from '../finding.ts'
import { lineAt, readModule } from '../module.ts'
import { listFiles } from '../source-tree.ts'

const testFunctions = new Set(['test', 'it', 'describe', 'suite'])
const setAside = new Set(['skip', 'todo'])

/**
 * Reports test files without a test, tests left out without a reason, and tests that silence all
 * others.
 */
export function findIdleTests(root: string): Finding[] {
  return listFiles(root, (file) => file.endsWith('.test.ts')).flatMap((file) => idleIn(root, file))
}

function idleIn(root: string, file: string): Finding[] {
  const { program, text } = readModule(root, file)
  const findings: Finding[] = []
  let testCount = 0
  const report = (at: number, message: string) =>
    findings.push({ file, line: lineAt(text, at), message })
  new Visitor({
    CallExpression: (node) => {
      if (isTest(node)) testCount += 1
      const message = callFault(node)
      if (message) report(node.start, message)
    },
    Property: (node) => {
      const message = propertyFault(node as ObjectProperty)
      if (message) report(node.start, message)
    },
  }).visit(program)
  if (testCount === 0) report(0, 'holds no test')
  return findings
}

/** `test(…)`, or a contract: the tests that every implementation of an interface must pass. */
function isTest({ callee }: CallExpression): boolean {
  return callee.type === 'Identifier' && /^(test|it|\w+Contract)$/.test(callee.name)
}

/** `test.only(…)`, `test.skip(…)` and, inside a test, `t.skip()` without saying why. */
function callFault({ callee, arguments: given }: CallExpression): string | undefined {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return undefined
  if (callee.object.type !== 'Identifier') return undefined
  const word = callee.property.name
  const isOnTest = testFunctions.has(callee.object.name)
  if (isOnTest && word === 'only') return 'silences every other test with "only"'
  if (!setAside.has(word)) return undefined
  if (isOnTest) return `leaves a test out without a reason: write { ${word}: 'the reason' }`
  const isContext = callee.object.name === 't' || callee.object.name === 'context'
  return isContext && given.length === 0 ? `calls "${word}" without a reason` : undefined
}

/** `{ skip: true }` says that, not why. */
function propertyFault({ key, value }: ObjectProperty): string | undefined {
  if (key.type !== 'Identifier' || value.type !== 'Literal' || value.value !== true)
    return undefined
  if (key.name === 'only') return 'silences every other test with "only"'
  return setAside.has(key.name) ? `sets "${key.name}" without a reason` : undefined
}
