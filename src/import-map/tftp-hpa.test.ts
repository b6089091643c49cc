import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { importTftpHpa } from './tftp-hpa.ts'

const options = { root: '/srv/tftp', hasAbsoluteNames: false, takesUploads: false }

/** What is said of a line, after one that is fine. */
function said(line: string): string[] {
  const { notices } = importTftpHpa(`r fine x\n${line}\n`, options)
  return notices.map((notice) => `${notice.isLost ? 'lost ' : ''}${notice.line}: ${notice.message}`)
}

function rulesOf(map: string): object[] {
  const { routes } = importTftpHpa(map, options)
  return routes.flatMap((route) => route.rules ?? []).map(({ rule }) => rule)
}

const lines: readonly [string, string | undefined][] = [
  ['r a b', undefined],
  ['# r ( b', undefined],
  ['r', 'lost 2: found no regular expression'],
  ['rq a b', 'lost 2: found the operation "q", which is not known'],
  ['rE a b', 'lost 2: found "E", which asks whether a file is there: write two routes'],
  ['r~ a b', 'lost 2: found "r" with "~", which exclude'],
  ['rj a b', 'lost 2: found "j" with "r", "a" or "e"'],
  ['j a \\1', 'lost 2: found the label "\\1", only one that is written out can be said'],
  ['r ( b', 'lost 2: a "(" has no ")"'],
  ['r [a b', 'lost 2: a "[" has no "]"'],
  ['r [[:no:]] b', 'lost 2: found [:no:], which is not known'],
  ['r *a b', 'lost 2: found "*" with nothing before it to repeat'],
  ['r (|+) b', 'lost 2: found "+" with nothing before it to repeat'],
  ['r a{x} b', 'lost 2: found "{" without a count such as {2} or {1,3}'],
  ['r [z-a] b', 'lost 2: expected a regular expression: Range out of order in character class'],
  ['rGP a b', '2: never applies, so it is left out: G and P, 4 and 6 exclude'],
  ['i a', '2: does nothing, so it is left out: none of r, e, s, a, j'],
  ['rP a b', '2: is for uploads: --uploads lets devices write'],
]

describe('importTftpHpa', () => {
  for (const [line, message] of lines) {
    test(`says of "${line}": ${message ?? 'nothing'}`, () => {
      assert.deepEqual(said(line), message === undefined ? [] : [message])
    })
  }

  test('knows what version 6 adds', () => {
    assert.deepEqual(rulesOf('rgg a b\nj x there\nr c d\n:there\n'), [
      { find: 'a', replace: 'b', repeat: 'each' },
      { find: 'x', goto: 'there' },
      { find: 'c', replace: 'd' },
      { label: 'there', find: '' },
    ])
  })

  test('says by the label of the second rule where `s` goes on', () => {
    assert.deepEqual(rulesOf('r a b\ne c\nrs d e\n'), [
      { find: 'a', replace: 'b' },
      { label: 'second rule', find: 'c', next: 'stop' },
      { find: 'd', replace: 'e', goto: 'second rule' },
    ])
    assert.deepEqual(rulesOf('rs d e\n'), [{ find: 'd', replace: 'e', next: 'stop' }])
  })

  test('asks for the longest only where it makes a difference', () => {
    const isLongest = (find: string): boolean => 'longest' in (rulesOf(`r ${find} x`)[0] ?? {})
    const plain = [
      'abc',
      '^a*b',
      '[ab]+c',
      'a{3}b{2}c*',
      '^(a|ab)c?$',
      'a?b?.*',
      '(a?b?.*)',
      '^.*$',
    ]
    const ambiguous = [
      'a|ab',
      '(a|ab)c',
      'a?(ab)?',
      'a*b*c',
      'a|b$',
      '(a|b.*)',
      'a?b?\\$',
      'a?b?\\.*',
    ]
    assert.deepEqual(
      plain.map(isLongest),
      plain.map(() => false),
    )
    assert.deepEqual(
      ambiguous.map(isLongest),
      ambiguous.map(() => true),
    )
  })
})
