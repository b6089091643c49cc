import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Refusal } from '../../src/base/refusal.ts'
import { importTftpHpa } from '../../src/import-map/tftp-hpa.ts'
import { rewriteOptions } from '../../src/sources/rewrite/options.ts'
import { compileRules, type RuleSet } from '../../src/sources/rewrite/rewrite-name.ts'
import { type Said, startTftpdHpa, tftpdHpa, whyNot } from './real-tftpd.ts'

// Goal: an imported map does what it did. Method: the same names are asked of in.tftpd with the map
// and of the rules that were made of it; a file of the name that the rules say lies in the folder,
// and no other, so that in.tftpd finds it only if it says the same.

const skip = whyNot(tftpdHpa)

function rulesOf(map: string): RuleSet {
  const options = { root: '/srv/tftp', hasAbsoluteNames: false, takesUploads: false }
  const { routes, notices } = importTftpHpa(map, options)
  assert.deepEqual(
    notices.filter(({ isLost }) => isLost),
    [],
  )
  const rules = routes.flatMap((route) => route.rules ?? []).map(({ rule }) => rule)
  if (rules.length === 0) return { rewrite: ({ name }) => ({ kind: 'name', name }) }
  return compileRules(rewriteOptions.parse({ rules }))
}

/** What the rules make of a name: another one, a refusal's code. */
function rewritten(rules: RuleSet, name: string): string {
  const client = { clientAddress: '127.0.0.1', clientAddressHex: '7F000001' }
  try {
    const made = rules.rewrite({ ...client, name, method: 'GET' })
    return made.kind === 'name' ? made.name : 'declined'
  } catch (error) {
    if (error instanceof Refusal) return `refused: ${error.code}`
    throw error
  }
}

/** As a path below the folder; undefined where no file can have the name. */
function fileOf(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  const isPossible = parts.length > 0 && !parts.includes('..') && !/\/\.?$|^$/.test(name)
  return isPossible ? parts.join('/') : undefined
}

/** What in.tftpd must say where the rules say this; undefined where it cannot be compared. */
function expectedOf(made: string): { said: Said; files: Record<string, string> } | undefined {
  if (made === 'refused: ACCESS_DENIED') return { said: { error: 2 }, files: {} }
  const file = made.startsWith('refused: ') ? undefined : fileOf(made)
  return file === undefined ? undefined : { said: { text: made }, files: { [file]: made } }
}

/** @returns How many names could be compared. */
async function compare(map: string, names: readonly string[]): Promise<number> {
  const rules = rulesOf(map)
  await using tftpd = await startTftpdHpa(map)
  let compared = 0
  for (const name of names) {
    const made = rewritten(rules, name)
    const expected = expectedOf(made)
    if (expected === undefined) continue
    await tftpd.hold(expected.files)
    assert.deepEqual(await tftpd.ask(name), expected.said, `${map}: ${name}`)
    compared += 1
  }
  return compared
}

const names = [
  'pxelinux.0',
  '/pxelinux.0',
  'C:\\boot\\pxelinux.0',
  'boot//file.CFG',
  '/tftpboot/SEP001122334455.cnf.xml',
  'sep001122334455.CNF.XML',
  'SIPDefault.cnf',
  'X86PC/linux/linux.0',
  'aabbcc',
  'abcd',
  'aaaabbcc',
  'xyz',
  'linux-2.6.32.img',
  'a b#c',
  'secret/passwd',
]

/** As they are in manuals, packages and forums, and what tries each operator. */
const maps: readonly [string, string][] = [
  ['no rule at all', '# only a comment\n\n   # and another\n'],
  ['backslashes', 'rg \\\\ / # Convert backslashes to slashes\n'],
  ['the folder before relative names', 'r ^[^/] /tftpboot/\\0\n'],
  ['a drive letter', 'ri ^[a-z]: \nrg \\\\ /\n'],
  [
    'the sample of the package',
    'ri ^[a-z]:\nrg \\\\ /\nrg \\# @\nr ^/ \nr ^[^/] /tftp/\\0\ne ^/t\n',
  ],
  ['again until it is gone', 'rg aa a\nrg bc cb\n'],
  ['doubled slashes', 'rg // /\n'],
  ['small letters', 'r ^.*$ \\L\\0\n'],
  ['capitals and back', 'r (.)(.)(.*) \\U\\1\\Ex\\L\\2\\E\\3\\U-q\\E-q\n'],
  ['refusal', 'a ^secret\n'],
  ['refusal in words', 'a ^(secret)/ no\\ \\1\\ for\\ \\i\nr ^ x\n'],
  ['refusal of all but one', '~a ^(x|/)\n'],
  ['end', 'e ^x\nr ^ y\n'],
  ['end where nothing is found', '~e ^x\nr ^ y\n'],
  ['start over', 'r ^z q\nr ^y w\nrs ^a z\nrs ^x y\nr ^z y\n'],
  ['start over in the only rule', 'rs ^a b\n'],
  ['start over in the first rule', 'rs ^a b\nr ^b c\n'],
  ['end before start over', 'res ^a b\nr ^b c\n'],
  ['reads and uploads', 'rG ^x G\nrP ^x P\nrGP ^a N\n'],
  ['families', 'r4 ^x four\nr6 ^a six\nr46 ^p both\n'],
  ['case', 'ri ^SEP(.*)\\.cnf\\.xml$ phones/\\1.xml\n'],
  ['the client', 'r ^x \\i/\\x/\n'],
  ['the client in small letters', 'r ^x \\L\\x/\n'],
  ['groups that take nothing', 'r ^(a)?(x)?(y)? [\\1\\2\\3\\4]\n'],
  ['other letters behind a backslash', 'r x \\q\\n\\t\\d\n'],
  ['white space and #', 'r a\\ b s\\ p\nr s\\ p\\#c \\#\\\\\n'],
  ['a comment in the midst', 'r a b#c d\n'],
  ['an empty replacement', 'r a\n'],
  ['white space around', '  r   a    b   \t\r\n'],
  ['classes', 'rg [[:digit:]]+ n\nr [[:upper:][:punct:]]$ !\nr []^-] .\nr [^[:alnum:]./] _\n'],
  ['letters that mean something elsewhere', 'r \\d+ D\nr \\w+ w\nr \\< [\nr \\> ]\n'],
  ['counts', 'r c{2} C\nr b{1,} B\nr a{,3} A\nr [0-9]{6} N\n'],
  ['two counts of one thing', 'r (x*)? y\nr b+? B\nr c** C\n'],
  ['the longest alternative', 'r a|aa|aab <\\0>\nr x|xyz|xy <\\0>\n'],
  ['alternatives within', 'r (a|ab)(c|bcd)$ <\\0>\nr (x|xy)z? <\\0>\n'],
  ['an optional part before another', 'r a?(ab)? <\\0>\nr x*(xy)? <\\0>\n'],
  ['a back reference', 'r (.)\\1 <\\0>\n'],
  ['a parenthesis without another', 'r [a]) b\nr \\(x\\) y\nr x} z\n'],
  ['anchors within', 'r (^a|x$) b\nr (^|/)l [\\1]\n'],
]

describe('importTftpHpa, compared with in.tftpd', { skip }, () => {
  for (const [what, map] of maps) {
    test(what, async () => {
      assert.ok((await compare(map, names)) > names.length / 2)
    })
  }

  test('any map does the same to any name', async () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '/', '.'), minLength: 1 })
    const atom = fc.constantFrom('a', 'b', 'c', 'A', '.', '[ab]', '[^a]', '(ab)', '(a|b)', '/')
    const part = fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}'))
    const expression = fc
      .tuple(
        fc.constantFrom('', '^'),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '$'),
      )
      .map(([start, parts, end]) => start + parts.map((one) => one.join('')).join('') + end)
    const operation = fc.constantFrom('r', 'r', 'ri', 're', 'rs', 'e', 'a', '~a', '~e', 'rie', 'rG')
    const said = fc.constantFrom('', 'c', 'x\\0', '\\1', 'z/', '\\U\\0\\Ey', '\\i', 'b', '\\L\\0')
    const rule = fc.tuple(operation, expression, said).map((words) => words.join(' '))
    const anyMap = fc.array(rule, { minLength: 1, maxLength: 5 }).map((rules) => rules.join('\n'))
    const anyNames = fc.array(word, { minLength: 4, maxLength: 4 })
    let compared = 0
    await fc.assert(
      fc.asyncProperty(anyMap, anyNames, async (map, some) => {
        compared += await compare(map, some)
      }),
      { numRuns: 60 },
    )
    assert.ok(compared > 100, `only ${compared} names could be compared`)
  })
})
