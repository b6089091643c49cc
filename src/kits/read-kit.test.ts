import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError, type ConfigProblem } from '../config/problems.ts'
import { parseKit } from './read-kit.ts'

const KIT = `title: Door phones
summary: One configuration for each door.
routes:
  # Each door has its own.
  - { match: '/door-{mac}.cfg', class: door, template: door.j2 }
inventory:
  classes:
    door: { values: { volume: 5 } }
  devices:
    0815:
      serial: 12345678
      macs: [001122334455]
      classes: [door]
walks:
  - name: first start
    device: '0815'
    steps:
      - { ask: door.lic, answer: missing, source: D }
`

function parsed(text: string) {
  return parseKit(text, { file: 'doors/kit.yaml', folder: 'doors' })
}

/** What is said of a kit, as `line path: message`. */
function problemsOf(text: string): string[] {
  try {
    parsed(text)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems.map(said)
  }
}

function said({ line, path, message }: ConfigProblem): string {
  return `${line} ${path}: ${message}`
}

test('parseKit fills in defaults, and keeps identifiers what is written', () => {
  const { name, content, inventory } = parsed(KIT)
  assert.equal(name, 'doors')
  assert.deepEqual(content.values, {})
  const [step] = content.walks[0]?.steps ?? []
  assert.deepEqual([step?.by, step?.mode, step?.options, step?.times], ['tftp', 'octet', [], 1])
  const [device] = inventory.devices
  assert.deepEqual([device?.id, device?.serial], ['0815', '12345678'])
  assert.deepEqual(device?.macs, ['00:11:22:33:44:55'])
})

describe('parseKit, what it refuses', () => {
  const step = '{ ask: door.lic, answer: missing, source: D }'
  const rows: readonly [string, string, RegExp][] = [
    ['summary:', 'sumary:', /^2 sumary: unknown key "sumary": did you mean "summary"/],
    [
      'class: door,',
      'clas: door,',
      /^5 routes\[0\]\.clas: unknown key "clas": did you mean "class"/,
    ],
    ["device: '0815'", 'device: other', /^16 walks\[0\]\.device: found "other", .*one of 0815$/],
    ['macs: [001122334455]', 'macs: [zz]', /^12 inventory: device "0815" \/macs\/0: found "zz"/],
    ['serial: 12345678', 'seriel: x', /^11 inventory: device "0815".*"seriel"/],
    [step, step.replace('D', 'x'), /^18 .*source: found "x", expected .*S.*D.*m/],
    [step, step.replace('missing', 'gone'), /^18 .*answer: found "gone"/],
    [step, step.replace('ask: door.lic, ', ''), /^18 .*one of `ask` and `put` is needed$/],
    [step, step.replace('ask: door.lic', 'ask: a, put: b'), /^18 .*one of `ask` and `put`/],
    [step, step.replace('source', 'body: x, source'), /^18 .*body: .*it belongs to `put`$/],
    [step, step.replace('source', 'by: http, options: [[a, b]], source'), /^18 .*TFTP alone$/],
    [step, step.replace('source', 'headers: { a: b }, source'), /^18 .*HTTP alone$/],
    [step, step.replace('missing', 'stopped'), /^18 .*when it asked for `tsize`$/],
    [step, step.replace('source', 'times: 101, source'), /^18 .*times: found 101/],
  ]
  for (const [from, to, expected] of rows) {
    test(`parseKit says where: ${to}`, () => {
      const problems = problemsOf(KIT.replace(from, to))
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        problems.join('\n'),
      )
    })
  }

  test('parseKit says all that is wrong, and where a file is that cannot be brought along', () => {
    const text = `${KIT}youSupply: ['files/a.bin']\n`.replace('title: Door phones\n', '')
    assert.deepEqual(
      problemsOf(text).map((line) => line.split(':', 1)[0]),
      ['1 title', '18 youSupply[0]'],
    )
    assert.match(problemsOf('title: [')[0] ?? '', /^1 /)
  })
})
