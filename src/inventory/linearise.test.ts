import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classTrees } from '../testing/inventory-values.ts'
import { inventoryLimits } from './limits.ts'
import { linearise, lineariseClass } from './linearise.ts'

type Tree = Readonly<Record<string, readonly string[]>>

function orderOf(tree: Tree, ...classes: string[]): readonly string[] | string {
  const heir = { subject: 'device "sw1"', field: 'classes', parents: classes } as const
  const { order, problem } = linearise(heir, { parentsOf: (name) => tree[name] })
  return order ?? `${problem.code} ${problem.message}`
}

const site: Tree = { base: [], site: ['base'], model: ['base'] }

test('linearise puts the base first, and of several classes the later one last', () => {
  assert.deepEqual(orderOf(site, 'site', 'model'), ['base', 'site', 'model'])
  assert.deepEqual(orderOf(site, 'model', 'site'), ['base', 'model', 'site'])
  assert.deepEqual(orderOf(site), [])
})

test('linearise lets a class beat its parents even when one of them is listed after it', () => {
  assert.deepEqual(orderOf(site, 'base', 'site'), ['base', 'site'])
})

test('linearise agrees with the published example, whose first parent wins, turned around', () => {
  const [a, b, c, d, e] = [['o'], ['o'], ['o'], ['o'], ['o']]
  const [k1, k2, k3] = [
    ['c', 'b', 'a'],
    ['e', 'b', 'd'],
    ['a', 'd'],
  ]
  const tree: Tree = { o: [], a, b, c, d, e, k1, k2, k3, z: ['k3', 'k2', 'k1'] }
  const published = ['z', 'k1', 'k2', 'k3', 'd', 'a', 'b', 'c', 'e', 'o']
  assert.deepEqual(orderOf(tree, 'z'), published.reverse())
})

describe('laws of the order', () => {
  test('linearise names each class once, after its parents, which keep their order', () => {
    fc.assert(
      fc.property(classTrees, (classes) => {
        const parents = new Map(classes.map((one) => [one.name, one.parents]))
        for (const { name } of classes) {
          const { order } = lineariseClass(name, { parentsOf: (one) => parents.get(one) })
          if (order === undefined) continue
          assert.deepEqual(new Set(order), ancestors(name, parents))
          assert.equal(new Set(order).size, order.length)
          for (const one of order) assertSubsequence([...(parents.get(one) ?? []), one], order)
        }
      }),
    )
  })

  test('linearise is monotonic: the order of a class is kept by all that inherit it', () => {
    fc.assert(
      fc.property(classTrees, (classes) => {
        const parents = new Map(classes.map((one) => [one.name, one.parents]))
        const options = { parentsOf: (one: string) => parents.get(one) }
        for (const { name } of classes) {
          const { order = [] } = lineariseClass(name, options)
          for (const one of order) {
            assertSubsequence(lineariseClass(one, options).order ?? [], order)
          }
        }
      }),
    )
  })

  test('linearise refuses what no order can follow, and only that', () => {
    fc.assert(
      fc.property(classTrees, (classes) => {
        const parents = new Map(classes.map((one) => [one.name, one.parents]))
        const options = { parentsOf: (one: string) => parents.get(one) }
        for (const one of classes) {
          const orders = one.parents.map((parent) => lineariseClass(parent, options).order)
          if (orders.includes(undefined)) continue
          const sequences = [...orders.map((order) => order ?? []), one.parents]
          const { problem } = lineariseClass(one.name, options)
          assert.equal(problem?.code, canFollow(sequences) ? undefined : 'CLASS_ORDER')
        }
      }),
    )
  })

  test('linearise gives the same with and without what it found earlier', () => {
    fc.assert(
      fc.property(classTrees, (classes) => {
        const parents = new Map(classes.map((one) => [one.name, one.parents]))
        const parentsOf = (one: string) => parents.get(one)
        const known = new Map<string, readonly string[]>()
        for (const { name } of classes.toReversed()) {
          const found = lineariseClass(name, { parentsOf, known })
          assert.deepEqual(found, lineariseClass(name, { parentsOf }))
          assert.deepEqual(lineariseClass(name, { parentsOf, known }), found)
        }
      }),
    )
  })
})

function ancestors(name: string, parents: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([name])
  for (const one of found) for (const parent of parents.get(one) ?? []) found.add(parent)
  return found
}

function assertSubsequence(part: readonly string[], whole: readonly string[]): void {
  assert.deepEqual(
    whole.filter((name) => part.includes(name)),
    part,
  )
}

/** Whether some order holds every sequence: take away what nothing left must precede. */
function canFollow(sequences: readonly (readonly string[])[]): boolean {
  let left = new Set(sequences.flat())
  while (left.size > 0) {
    const blocked = new Set(
      sequences.flatMap((names) => names.filter((name) => left.has(name)).slice(1)),
    )
    const rest = left.intersection(blocked)
    if (rest.size === left.size) return false
    left = rest
  }
  return true
}

describe('refusals', () => {
  test('linearise says who demands which order when a parent comes after its heir', () => {
    assert.equal(
      orderOf(site, 'model', 'base'),
      'CLASS_ORDER device "sw1" /classes: found "base" before "model" ("model" inherits "base") ' +
        'and "model" before "base" (in the classes of device "sw1"), ' +
        'expected lists that one order can follow',
    )
  })

  test('linearise names the class whose list contradicts', () => {
    const tree = { ...site, branch: ['model', 'site'], x: ['site', 'model', 'branch'] }
    assert.equal(
      orderOf(tree, 'x'),
      'CLASS_ORDER class "x" /parents: found "site" before "model" ' +
        '(in the parents of class "x") and "model" before "site" ' +
        '(in the parents of class "branch"), expected lists that one order can follow',
    )
  })

  test('linearise finds contradictions that go around three lists', () => {
    const tree = { a: [], b: [], c: [], p: ['a', 'b'], q: ['b', 'c'], r: ['c', 'a'] }
    const said = orderOf(tree, 'p', 'q', 'r')
    assert.match(String(said), /"a" before "b" \(in the parents of class "p"\)/)
    assert.match(String(said), /"b" before "c" \(in the parents of class "q"\)/)
    assert.match(String(said), /"c" before "a" \(in the parents of class "r"\)/)
  })

  test('linearise names the classes of a loop', () => {
    const tree = { a: ['b'], b: ['c'], c: ['a'], x: ['b'] }
    assert.equal(
      orderOf(tree, 'x'),
      'CLASS_LOOP class "b" /parents: found a loop, "b" inherits "c", "c" inherits "a", ' +
        '"a" inherits "b", expected parents that do not lead back',
    )
    assert.match(
      String(orderOf({ a: ['a'] }, 'a')),
      /^CLASS_LOOP .* found a loop, "a" inherits "a"/,
    )
  })

  test('linearise names a class that is missing, and where it is listed', () => {
    assert.equal(
      orderOf({ a: [], x: ['a', 'ghost'] }, 'x'),
      'CLASS_MISSING class "x" /parents/1: found "ghost", which does not exist, ' +
        'expected the name of a class',
    )
    assert.match(String(orderOf({}, 'ghost')), /^CLASS_MISSING device "sw1" \/classes\/0: /)
  })

  test('linearise takes as many classes as the limit says, and a thousand levels do no harm', () => {
    const chain = (count: number): Tree =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `c${index}`,
          index === 0 ? [] : [`c${index - 1}`],
        ]),
      )
    const { layersMax } = inventoryLimits
    assert.equal(orderOf(chain(layersMax), `c${layersMax - 1}`).length, layersMax)
    for (const count of [layersMax + 1, layersMax + 2, layersMax + 3, 1000]) {
      const said = orderOf(chain(count), `c${count - 1}`)
      assert.match(String(said), /^LIMIT_EXCEEDED .* found more than 64 classes inherited in all/)
    }
  })
})
