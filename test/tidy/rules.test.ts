import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Finding, formatFinding } from '../../tools/finding.ts'
import { findUndocumentedExports } from '../../tools/tidy/docstrings.ts'
import { findUndocumentedFlags } from '../../tools/tidy/flags.ts'
import { findMarkdownFaults } from '../../tools/tidy/markdown.ts'
import { findBadNames } from '../../tools/tidy/names.ts'
import { findUndocumentedOptions } from '../../tools/tidy/options.ts'
import { findUndocumentedRefusals } from '../../tools/tidy/refusals.ts'
import { findOversized } from '../../tools/tidy/sizes.ts'
import { findIdleTests } from '../../tools/tidy/test-files.ts'
import { findBannedWords } from '../../tools/tidy/words.ts'
import { plantTree, root } from './planted-tree.ts'

// Goal: each rule finds its fault and nothing else. Method: trees of a few lines.

type Find = (root: string) => readonly Finding[] | Promise<readonly Finding[]>

async function found(find: Find, files: Readonly<Record<string, string>>): Promise<string[]> {
  await using tree = await plantTree(files)
  await symlink(join(root, 'node_modules'), join(tree.path, 'node_modules'))
  return (await find(tree.path)).map(formatFinding)
}

describe('findOversized', () => {
  const lines = (count: number) => 'x()\n'.repeat(count)

  test('allows 400 lines and 600 in tests, not one more', async () => {
    const files = {
      'src/fits.ts': lines(400),
      'src/long.ts': lines(401),
      'src/fits.test.ts': lines(600),
      'test/long.test.ts': lines(601),
    }
    assert.deepEqual(await found(findOversized, files), [
      'src/long.ts:401 has 401 lines (at most 400)',
      'test/long.test.ts:601 has 601 lines (at most 600)',
    ])
  })

  test('allows 100 columns of what can be broken', async () => {
    const wide = 'a'.repeat(90)
    const files = {
      'src/comment.ts': `// ${wide} ${wide}\n`,
      'src/code.ts': `x()\ncall(${wide}, ${wide})\n`,
      'src/string.ts': `test('${wide} it\\'s ${wide}', () => {})\n`,
      'src/link.ts': `// see https://example.net/${wide}\n`,
    }
    const where = (await found(findOversized, files)).map((text) => text.split(' ')[0])
    assert.deepEqual(where, ['src/code.ts:2', 'src/comment.ts:1'])
  })
})

test('findBadNames wants kebab-case and words that say something', async () => {
  const files = {
    'src/base/block-number.ts': '',
    'src/base/block-number.test.ts': '',
    'src/base/BlockNumber.ts': '',
    'src/base/string-utils.ts': '',
    'src/common/x.ts': '',
    'docs/Helpers.md': '',
  }
  const where = (await found(findBadNames, files)).map((text) => text.split(' ')[0])
  assert.deepEqual(where, [
    'src/base/BlockNumber.ts:1',
    'src/base/string-utils.ts:1',
    'src/common/x.ts:1',
  ])
})

test('findBannedWords finds promises and private places in any text', async () => {
  const promise = ['TO', 'DO'].join('')
  const place = ['/wo', 'rk/'].join('')
  const files = {
    'src/a.ts': `\n// ${promise}: later\n`,
    'docs/b.md': `Look at ${place}notes.\n`,
    'test/golden/c.hex': `00 01 # ${['FIX', 'ME'].join('')}\n`,
    'src/fine.ts': `const todoList = 'SEP${'X'.repeat(12)}'\n`,
    'image.bin': `\0${promise}`,
    'package-lock.json': place,
  }
  assert.deepEqual(await found(findBannedWords, files), [
    `docs/b.md:1 mentions "${place}"`,
    `src/a.ts:2 mentions "${promise}"`,
    `test/golden/c.hex:1 mentions "${['FIX', 'ME'].join('')}"`,
  ])
})

describe('findMarkdownFaults', () => {
  test('wants exactly one first-level heading', async () => {
    const files = {
      'one.md': '# One\n\n```sh\n# a comment\n```\n',
      'none.md': 'Text\n',
      'two.md': '# One\n\n# Two\n',
    }
    assert.deepEqual(await found(findMarkdownFaults, files), [
      'none.md:1 has 0 first-level headings (exactly one is allowed)',
      'two.md:3 has 2 first-level headings (exactly one is allowed)',
    ])
  })

  test('follows relative links and headings', async () => {
    const files = {
      'docs/a.md': [
        '# A `b`: see [x](b.md)',
        '[good](b.md#what-it-is-1) [good](#a-b-see-x) [good](../src/x.ts) [web](https://a.b/c)',
        '[bad](c.md) and `[code](nowhere.md)`',
        '[bad](b.md#nothing)',
        '[late]: gone.md',
      ].join('\n'),
      'docs/b.md': '# B\n## What it is\n## What it is\n',
      'src/x.ts': '',
    }
    assert.deepEqual(await found(findMarkdownFaults, files), [
      'docs/a.md:3 links to c.md, which does not exist',
      'docs/a.md:4 links to b.md#nothing, but docs/b.md has no such heading',
      'docs/a.md:5 links to gone.md, which does not exist',
    ])
  })
})

test('findIdleTests wants tests that run, or the reason why not', async () => {
  const files = {
    'src/none.test.ts': "describe('a', () => {})\n",
    'src/contract.test.ts': 'storeContract(openStore)\n',
    'src/good.test.ts': [
      "test('a', () => {})",
      "test('b', { skip: missing('atftp') }, () => {})",
      "test('c', (t) => { t.skip('no IPv6 here') })",
    ].join('\n'),
    'src/idle.test.ts': [
      "test('a', () => {})",
      "test.skip('b', () => {})",
      "test('c', { skip: true }, () => {})",
      "describe.only('d', () => {})",
      "test('e', { only: true }, () => {})",
      "test('f', (t) => t.todo())",
    ].join('\n'),
  }
  assert.deepEqual(await found(findIdleTests, files), [
    "src/idle.test.ts:2 leaves a test out without a reason: write { skip: 'the reason' }",
    'src/idle.test.ts:3 sets "skip" without a reason',
    'src/idle.test.ts:4 silences every other test with "only"',
    'src/idle.test.ts:5 silences every other test with "only"',
    'src/idle.test.ts:6 calls "todo" without a reason',
    'src/none.test.ts:1 holds no test',
  ])
})

test('findUndocumentedExports follows re-exports to the declaration', async () => {
  const files = {
    'src/index.ts': [
      "import { far } from './far.ts'",
      "export { good, bare as renamed, Shape } from './near.ts'",
      "export * from './all.ts'",
      'export { far }',
    ].join('\n'),
    'src/near.ts': [
      '/** Good. */',
      'export function good() {}',
      '/* not a docstring */',
      'export function bare() {}',
      'export interface Shape {}',
      'export const hidden = 1',
    ].join('\n'),
    'src/all.ts': "export const all = 1\nexport type { Deep } from './deep.ts'\n",
    'src/deep.ts': '/** Deep. */\n\nexport type Deep = string\n',
    'src/far.ts': "/** About the file. */\nimport './x.ts'\nexport class far {}\n",
  }
  assert.deepEqual(
    (await found(findUndocumentedExports, files)).map((text) => text.split(' to the')[0]),
    [
      'src/near.ts:4 exports bare',
      'src/near.ts:5 exports Shape',
      'src/all.ts:1 exports all',
      'src/far.ts:3 exports far',
    ],
  )
})

test('findUndocumentedRefusals compares the page with both tables', async () => {
  const files = {
    'src/base/refusal.ts':
      "export type RefusalCode =\n  /** a */\n  | 'BUSY'\n  | 'LATE'\n  | 'GONE'\n",
    'src/protocol/tftp/error-code.ts':
      'export const tftpErrorFor = { BUSY: 0, LATE: 0, GONE: 1 }\n',
    'src/fronts/http/status.ts':
      'export const httpStatusFor = { BUSY: 503, LATE: 504, GONE: 410 }\n',
    'docs/errors.md': [
      '| `BUSY` | 0 not defined | 503 | wait |',
      '| `LATE` | 0 | 503 | wait |',
      '| `OLD` | 0 | 500 | wait |',
    ].join('\n'),
  }
  assert.deepEqual(await found(findUndocumentedRefusals, files), [
    'docs/errors.md:1 has no row for GONE',
    'docs/errors.md:2 says LATE is TFTP 0, HTTP 503; it is TFTP 0, HTTP 504',
    'docs/errors.md:3 has a row for OLD, no refusal',
  ])
})

test('findUndocumentedOptions sees options however deep', async () => {
  const schema = [
    "import { z } from 'zod'",
    'export const siteSchema = z.strictObject({',
    "  fuel: z.int().default(1).describe('Steps.'),",
    '  routes: z.array(z.union([z.string(), z.strictObject({',
    '    bare: z.string().optional(),',
    "    secret: z.string().describe('Unsaid.'),",
    "  })])).describe('Routes.'),",
    '}).refine(() => true)',
  ].join('\n')
  const files = {
    'src/config/schema.ts': schema,
    'docs/a.md': '# A\n`fuel: 1`, `routes[].bare`\n\n```yaml\nsecret: 1\n```\n',
  }
  assert.deepEqual(await found(findUndocumentedOptions, files), [
    'src/config/schema.ts:5 does not describe the option "bare"',
    'src/config/schema.ts:6 has an option "secret" that no document names in backticks',
  ])
})

test('findUndocumentedOptions reports an option of a source where it is written', async () => {
  const files = {
    'src/sources/cgi/options.ts': [
      "import { z } from 'zod'",
      'export const cgiOptions = z.object({',
      "  script: z.string().describe('One.'),",
      '})',
    ].join('\n'),
    'src/config/schema.ts': [
      "import { z } from 'zod'",
      "import { cgiOptions } from '../sources/cgi/options.ts'",
      "export const siteSchema = z.object({ a: cgiOptions.describe('A.') })",
    ].join('\n'),
    'docs/a.md': '# A\n`a`\n',
  }
  assert.deepEqual(await found(findUndocumentedOptions, files), [
    'src/sources/cgi/options.ts:3 has an option "script" that no document names in backticks',
  ])
})

test('findUndocumentedFlags sees the flags of every command', async () => {
  const program = [
    "import { Command } from 'commander'",
    'export function buildProgram() {',
    "  const program = new Command('trivet').description('Serves.')",
    "  program.command('get').description('Fetches.')",
    "    .option('--quiet', 'no bar').option('--no-tsize', 'no size').option('--json')",
    '  return program',
    '}',
  ].join('\n')
  const files = {
    'src/cli/program.ts': program,
    'README.md': '# Trivet\n`trivet get --json`, `--quieter`, `--no-tsize`\n',
  }
  assert.deepEqual(await found(findUndocumentedFlags, files), [
    'src/cli/program.ts:5 has trivet get --quiet, which no document names',
    'src/cli/program.ts:5 does not describe trivet get --json',
  ])
})
