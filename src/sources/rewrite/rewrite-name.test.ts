import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../../base/refusal.ts'
import { rewriteOptions } from './options.ts'
import { compileRules, type RewriteAsk } from './rewrite-name.ts'

type Rules = Parameters<typeof rewriteOptions.parse>[0]

const read: RewriteAsk = {
  name: '',
  method: 'GET',
  clientAddress: '192.0.2.169',
  clientAddressHex: 'C00002A9',
}

/** What becomes of a name; what is refused, as its code and what the device hears. */
function rewrite(name: string, rules: Rules, how: Partial<RewriteAsk> = {}): string {
  try {
    const done = compileRules(rewriteOptions.parse({ rules })).rewrite({ ...read, ...how, name })
    return done.kind === 'name' ? done.name : '(declined)'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return `${error.code}: ${error.wireMessage}`
  }
}

describe('compileRules', () => {
  const cases: readonly [string, Rules, string, string][] = [
    ['replaces what is found, once', [{ find: 'a', replace: 'b' }], 'xaa', 'xba'],
    ['takes nothing away when it has nothing to say', [{ find: 'a' }], 'xaa', 'xaa'],
    ['removes', [{ find: 'a', replace: '' }], 'xay', 'xy'],
    ['makes another name', [{ find: '(.)a', become: '\\1/\\0' }], 'zxay', 'x/xa'],
    ['ignores case', [{ find: 'AB', replace: 'c', ignoreCase: true }], 'xaBy', 'xcy'],
    ['knows groups', [{ find: '(a)(b)?(c)', replace: '\\3\\2\\1\\9' }], 'ac', 'ca'],
    ['knows the client', [{ find: '^', replace: '\\i-\\x/' }], 'a', '192.0.2.169-C00002A9/a'],
    ['changes case', [{ find: '(.)(.)', replace: '\\U\\1x\\L\\2Y\\EzZ' }], 'aB', 'AXbyzZ'],
    ['escapes', [{ find: 'a', replace: '\\\\\\ \\#' }], 'a', '\\ #'],
    ['replaces each', [{ find: 'a', replace: 'aa', repeat: 'each' }], 'axa', 'aaxaa'],
    ['replaces nothing at each place', [{ find: '', replace: '-', repeat: 'each' }], 'ab', '-a-b-'],
    ['replaces until all is gone', [{ find: 'ab', replace: '', repeat: 'until-gone' }], 'aabb', ''],
    [
      'goes on with what was made',
      [
        { find: 'a', replace: 'b' },
        { find: 'b', replace: 'c' },
      ],
      'a',
      'c',
    ],
    [
      'stops',
      [
        { find: 'a', replace: 'b', next: 'stop' },
        { find: 'b', replace: 'c' },
      ],
      'a',
      'b',
    ],
    [
      'starts again',
      [
        { find: '^c$', replace: 'd' },
        { find: '^a', replace: 'c', next: 'restart' },
      ],
      'a',
      'd',
    ],
    [
      'goes to a label, and beyond it to the end',
      [
        { find: 'a', replace: 'b', goto: 'end' },
        { find: 'b', replace: 'c' },
        { label: 'end', find: '$', replace: '!' },
      ],
      'a',
      'b!',
    ],
    [
      'counts where nothing is found',
      [{ find: '^/', unless: true, become: '/tftpboot/\\i' }],
      'a',
      '/tftpboot/192.0.2.169',
    ],
    ['declines', [{ find: '^x', unless: true, next: 'decline' }], 'a', '(declined)'],
    ['refuses', [{ find: '^x', next: 'refuse' }], 'x', 'ACCESS_DENIED: Access denied'],
    [
      'refuses in words',
      [{ find: '^(x)', next: 'refuse', message: 'no \\1 for \\i' }],
      'x',
      'ACCESS_DENIED: no x for 192.0.2.169',
    ],
    [
      'ends a loop',
      [{ find: 'a', replace: 'a', next: 'restart' }],
      'a',
      'GENERATOR_FAILED: The name could not be rewritten',
    ],
    [
      'ends a rule that never gets done',
      [{ find: 'a', replace: 'a', repeat: 'until-gone' }],
      'a',
      'GENERATOR_FAILED: The name could not be rewritten',
    ],
    [
      'ends a name that grows',
      [{ find: '^.*$', replace: '\\0\\0', next: 'restart' }],
      'ab',
      'GENERATOR_FAILED: The name could not be rewritten',
    ],
    ['takes the first alternative', [{ find: 'a|ab', replace: 'x' }], 'abc', 'xbc'],
    ['takes the longest', [{ find: 'a|ab', replace: 'x', longest: true }], 'abc', 'xc'],
    ['takes the longest first place', [{ find: 'b|ab', replace: 'x', longest: true }], 'cab', 'cx'],
    [
      'takes the longest though the greedy one is shorter',
      [{ find: 'a?(ab)?', replace: '[\\1]', longest: true }],
      'ab',
      '[ab]',
    ],
    [
      'takes the longest only where the whole expression holds',
      [{ find: '(a|ab)(c|bcd)$', replace: 'x', longest: true, ignoreCase: true }],
      'zABCD',
      'zx',
    ],
  ]
  for (const [what, rules, name, made] of cases) {
    test(what, () => assert.equal(rewrite(name, rules), made))
  }

  test('asks the rules of a method and of a family of addresses', () => {
    const rules: Rules = [
      { find: '$', replace: 'G', method: 'GET' },
      { find: '$', replace: 'P', method: 'PUT' },
      { find: '$', replace: '4', family: 'ipv4' },
      { find: '$', replace: '6', family: 'ipv6' },
    ]
    assert.equal(rewrite('x', rules), 'xG4')
    assert.equal(rewrite('x', rules, { method: 'PUT', clientAddress: '2001:db8::1' }), 'xP6')
  })

  test('takes of all matches at the first place the longest, whatever the expression', () => {
    const part = fc.constantFrom('a', 'b', 'ab', 'a*', 'b?', '(a|ab)', '(b|ba|a)?', '(ab)*')
    const sources = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    const names = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(sources, names, (find, name) => {
        const made = rewrite(name, [{ find, replace: '<\\0>', longest: true }])
        const start = new RegExp(find).exec(name)?.index
        if (start === undefined) return assert.equal(made, name)
        const ends = Array.from({ length: name.length - start + 1 }, (_, length) => start + length)
        const end = ends.findLast((at) => new RegExp(`^(?:${find})$`).test(name.slice(start, at)))
        const found = `<${name.slice(start, end)}>`
        assert.equal(made, name.slice(0, start) + found + name.slice(end))
      }),
      { numRuns: 500 },
    )
  })
})

describe('rewriteOptions', () => {
  const problems: readonly [string, object, string][] = [
    ['a broken expression', { find: '(' }, 'expected a regular expression: Unterminated group'],
    ['two results', { find: 'a', replace: 'b', become: 'c' }, 'give it or `replace`'],
    [
      'nothing to replace',
      { find: 'a', unless: true, replace: 'b' },
      'nothing is found to replace',
    ],
    ['an unknown letter', { find: 'a', replace: '\\q' }, 'found "\\q", expected \\0 to \\9'],
    ['a backslash at the end', { find: 'a', replace: 'b\\' }, 'ends in a single backslash'],
    ['a repetition of nothing', { find: 'a', repeat: 'each' }, 'needs `replace`'],
    ['two ways on', { find: 'a', next: 'stop', goto: 'x', label: 'x' }, 'give it or `next`'],
    ['words for nobody', { find: 'a', message: 'no' }, 'needs `next: refuse`'],
    [
      'a label that is not there',
      { find: 'a', goto: 'x' },
      'found "x", but no rule has that label',
    ],
  ]
  for (const [what, rule, message] of problems) {
    test(`refuses ${what}`, () => {
      const said = rewriteOptions.safeParse({ rules: [rule] }).error?.issues[0]?.message ?? ''
      assert.ok(said.includes(message), said)
    })
  }

  test('refuses a label that two rules have', () => {
    const rule = { find: 'a', label: 'x' }
    const said = rewriteOptions.safeParse({ rules: [rule, rule] }).error?.issues[0]
    assert.deepEqual(said?.path, ['rules', 1, 'label'])
  })
})
