import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { importAtftpd } from '../../src/import-map/atftpd.ts'
import { rewriteOptions } from '../../src/sources/rewrite/options.ts'
import { compileRules } from '../../src/sources/rewrite/rewrite-name.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'
import { whyNot } from './real-tftpd.ts'

// Goal: an imported file of patterns does what it did. Method: atftpd's own `--pcre-test` is given
// the same names as the rules that were made of the file.

const program = process.env['ATFTPD'] ?? '/usr/sbin/atftpd'
const skip = whyNot(program)

const options = { root: '/srv/tftp', hasAbsoluteNames: false, takesUploads: false }

/** What the rules make of each name; empty where no rule says anything. */
function byRules(patterns: string, names: readonly string[]): string[] {
  const { routes, notices } = importAtftpd(patterns, options)
  assert.deepEqual(notices, [])
  const rules = routes.flatMap((route) => route.rules ?? []).map(({ rule }) => rule)
  const end = { find: '^', become: '' }
  const set = compileRules(rewriteOptions.parse({ rules: [...rules, end] }))
  const client = { clientAddress: '127.0.0.1', clientAddressHex: '7F000001' }
  return names.map((name) => {
    const made = set.rewrite({ ...client, name, method: 'GET' })
    return made.kind === 'name' ? made.name : 'declined'
  })
}

/** The same of atftpd. */
async function byAtftpd(patterns: string, names: readonly string[]): Promise<string[]> {
  await using folder = await writtenFolder({ patterns })
  const input = names.map((name) => `${name}\n`).join('')
  const { stdout, status } = spawnSync(program, ['--pcre-test', `${folder.path}/patterns`], {
    input,
    encoding: 'utf8',
    timeout: 20_000,
  })
  assert.equal(status, 0, stdout)
  return [...stdout.matchAll(/^Substitution: ".*" -> "(.*)"$/gm)].map(([, made = '']) => made)
}

const names = [
  'ppxelinux.cfg/7F0000',
  'pxelinux.cfg/7F000001',
  'ppxelinux.0',
  'linux',
  'str',
  'strong',
  'xstr',
  'replace',
  'a1b2.conf',
  'A1B2.CONF',
  'x/y_z.cfg',
  'aaa',
]

const files: readonly [string, string][] = [
  [
    'the sample of the package',
    '^[p]?pxelinux.cfg/[0-9A-F]{1,6}$      pxelinux.cfg/default\n^[p]?pxelinux.0$  pxelinux.0\n' +
      'linux\t\tlinux\n^str$ replaced1\n^str replaced2\nstr$ replaced3\nrepl(ace) m$1\n' +
      '^\\w*\\.conf$ master.conf\n',
  ],
  ['groups', '(.*)/(.*)_(.)(.*)$ $2-${1}-$3$4$0\n'],
  ['groups with names', '(?<stem>\\w+)\\.(?P<ext>\\w+)$ $ext/${stem}\n'],
  ['a dollar and a backslash', '^a $$1\\U\n'],
  ['a part of the name', 'str X\na{2} <$0>\n'],
  ['flags', '(?i)\\.conf$ .cfg\n(?i:STR) s\n'],
  ['what is written otherwise', '\\Ast\\Z S\n^x\\/[[:alpha:]]_ Y\n\\Q.0\\E$ .1\n[]a]{3} three\n'],
  ['looking around', '(?<=x)str(?!ong) S\n^(?!x)(?#no)a+ A\n'],
  ['the first that fits', '^st ST\n^str STR\nong$ -\n'],
]

describe('importAtftpd, compared with atftpd', { skip }, () => {
  for (const [what, patterns] of files) {
    test(what, async () => {
      const made = byRules(patterns, names)
      assert.deepEqual(await byAtftpd(patterns, names), made)
      assert.notEqual(made.join(''), '')
    })
  }

  test('any file does the same to any name', async () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab|a)', '\\w', '\\.')
    const part = fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?', '*?', '{2}'))
    const parts = fc.array(part, { minLength: 1, maxLength: 4 })
    const expression = fc
      .tuple(fc.constantFrom('', '^'), parts, fc.constantFrom('', '$'))
      .map(([start, some, end]) => start + some.map((one) => one.join('')).join('') + end)
    const line = fc.tuple(expression, fc.constantFrom('x', '<$0>', '$0$0', 'y/', '$$'))
    const anyFile = fc
      .array(line, { minLength: 1, maxLength: 4 })
      .map((lines) => lines.map((words) => `${words.join(' ')}\n`).join(''))
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '/'), minLength: 1 })
    const anyNames = fc.array(word, { minLength: 10, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(anyFile, anyNames, async (patterns, some) => {
        assert.deepEqual(await byAtftpd(patterns, some), byRules(patterns, some))
      }),
      { numRuns: 300 },
    )
  })
})

const problems: readonly [string, string][] = [
  ['# comment', 'ok'],
  ['^a b c', 'found no pattern with a replacement, for which atftpd does not start'],
  ['', 'found no pattern with a replacement, for which atftpd does not start'],
  ['a++ b', 'found "++", which no regular expression in JavaScript can say'],
  ['(?>a) b', 'found "(?>", which no regular expression in JavaScript can say'],
  ['(?x)a b', 'found (?x), only i, m and s can be said'],
  ['a\\K b', 'found "\\K", which no regular expression in JavaScript can say'],
  ['(a b', 'expected a regular expression: Unterminated group'],
  ['a $1', 'found no group "1"'],
  ['a $', 'found "$" without a group: $1, ${name} or $$'],
  ['[[:no:]] b', 'found [:no:], which is not known'],
]

describe('importAtftpd', () => {
  for (const [line, message] of problems) {
    test(`says of "${line}": ${message}`, () => {
      const { notices } = importAtftpd(`^fine$ x\n${line}\n`, options)
      const said = notices.map((notice) => `${notice.line}: ${notice.message}`)
      assert.deepEqual(said, message === 'ok' ? [] : [`2: ${message}`])
    })
  }
})
