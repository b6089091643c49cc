import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseYaml } from '../config/yaml-document.ts'
import { checkClass, checkDevice } from './check-device.ts'
import { inventoryLimits } from './limits.ts'
import { applyLayer, mergeLayers } from './merge.ts'
import type { DeviceClass } from './model.ts'
import type { Origin } from './origins.ts'
import type { InventoryProblem } from './problem.ts'
import { explainDevice, resolveDevice } from './resolve.ts'
import type { Value, Values } from './value.ts'

// Goal: docs/inheritance.md says what the code does. Method: its examples are merged, its tables
// are worked through, its messages are produced.

const page = readFileSync(join(import.meta.dirname, '../../docs/inheritance.md'), 'utf8')

/** Every fenced block, each with the one after it. */
const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, text = '']) => {
  return { language, text }
})
const pairs = blocks.map((block, index) => ({ said: block.text, next: blocks[index + 1] }))

function yaml(text: string): Value {
  return parseYaml(text, 'docs/inheritance.md').value as Value
}

/** Merges what a block says: classes and a device, or layers by name. */
function mergedFrom(text: string): unknown {
  const said = yaml(text) as Values
  if (said['classes'] === undefined) return mergeLayers(Object.values(said) as Values[])
  const { device, classOf } = inventoryFrom(said)
  const found = resolveDevice(device, classOf)
  return found.problem ?? found.values
}

function inventoryFrom({ classes = {}, device = { id: 'none' } }: Values) {
  const checked = Object.entries(classes as Values).map(([name, fields]) => {
    return checkClass({ name, ...(fields as Values) })
  })
  const sound = checked.map(({ record }) => record).filter((one) => one !== undefined)
  const byName: ReadonlyMap<string, DeviceClass> = new Map(sound.map((one) => [one.name, one]))
  const problems: InventoryProblem[] = checked.flatMap((one) => one.problems ?? [])
  const { record } = checkDevice(device)
  assert.ok(record)
  return { device: record, classOf: (name: string) => byName.get(name), problems }
}

/** The cells of the rows of a table; code without its backticks, other text as it is. */
function rowsBelow(heading: string): string[][] {
  const [, rows = ''] = page.split(`| ${heading} |`)
  const [table = ''] = rows.split('\n\n')
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
}

describe('docs/inheritance.md', () => {
  test('docs/inheritance.md shows what its examples give', () => {
    const examples = pairs.filter(({ next }) => next?.text.startsWith('# gives\n'))
    assert.equal(examples.length, 3)
    for (const { said, next } of examples) {
      assert.deepEqual(mergedFrom(said), yaml(next?.text ?? ''))
    }
  })

  test('docs/inheritance.md shows where each value of its first example came from', () => {
    const [first] = pairs
    const lines = blocks
      .find(({ language }) => language === 'text')
      ?.text.trimEnd()
      .split('\n')
    const { device, classOf } = inventoryFrom(yaml(first?.said ?? '') as Values)
    const found = explainDevice(device, classOf)
    assert.ok(found.problem === undefined)
    assert.deepEqual(found.layers, ['base', 'site', 'model', 'own'])
    assert.deepEqual([...found.origins].map(lineFor), lines)
  })

  test('docs/inheritance.md shows messages as they are', () => {
    const examples = pairs.filter(({ said, next }) => {
      return said.startsWith('classes:') && next?.language === 'text'
    })
    assert.equal(examples.length, 5)
    for (const { said, next } of examples) {
      const { device, classOf, problems } = inventoryFrom(yaml(said) as Values)
      const problem = resolveDevice(device, classOf).problem
      const all = problem === undefined ? problems : [...problems, problem]
      assert.deepEqual(all.map(({ message }) => `${message}\n`).join(''), next?.text)
    }
  })

  test('docs/inheritance.md says what wins', () => {
    const rows = rowsBelow('below | a layer says | gives')
    assert.equal(rows.length, 21)
    for (const [below = '', said = '', gives = ''] of rows) {
      const starts = below === 'anything' ? ['10', '[a]', '{ p: 1 }', 'nothing'] : [below]
      for (const start of starts.map((text) => layerFrom(text))) {
        assert.deepEqual(applyLayer(start, layerFrom(said)), layerFrom(gives), `${below} ${said}`)
      }
    }
  })

  test('docs/inheritance.md says which layers a device has', () => {
    const rows = rowsBelow('parents of | are | so a device of | has the layers')
    assert.equal(rows.length, 3)
    const { classOf } = inventoryFrom(
      yaml(
        'classes: { base: {}, site: { parents: [base] }, model: { parents: [base] } }',
      ) as Values,
    )
    for (const [, , classes = '', layers = ''] of rows) {
      const names = yaml(withoutTicks(classes)) as string[]
      const found = resolveDevice({ id: 'd', classes: names, values: {} }, classOf)
      assert.equal(found.problem === undefined && found.layers.join(', '), withoutTicks(layers))
    }
  })

  test('docs/inheritance.md names the limits', () => {
    const [table = ''] = page.split('| of | allowed |').slice(1)
    const numbers = new Set([...table.matchAll(/\d+/g)].map(([number]) => Number(number)))
    const { problemsMax: _, ...limits } = inventoryLimits
    for (const limit of Object.values(limits)) assert.ok(numbers.has(limit), String(limit))
  })
})

function withoutTicks(cell: string): string {
  return cell.replaceAll('`', '')
}

/** A map with the value of a cell under a key; without the key where the cell says nothing. */
function layerFrom(cell: string): Values {
  return cell.startsWith('nothing') ? {} : { key: yaml(withoutTicks(cell)) }
}

function lineFor([path, { layer, kind, edits, beaten }]: [string, Origin]): string {
  const lost = beaten.map((one) => `${one.layer} ${JSON.stringify(one.value)}`).join(', ')
  const parts = [
    ...edits.map((one) => `+ ${one.layer}`),
    ...(lost === '' ? [] : [`${kind === 'removed' ? 'removed it, ' : ''}beat ${lost}`]),
  ]
  return `${path.padEnd(16)}${layer.padEnd(9)}${parts.join(' ')}`.trimEnd()
}
