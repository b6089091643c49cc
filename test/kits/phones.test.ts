import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Values } from '../../src/inventory/value.ts'
import { findKit } from '../../src/kits/find-kit.ts'
import type { Kit } from '../../src/kits/read-kit.ts'
import { writeSite } from '../../src/kits/write-site.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'
import { trivet } from './started-kits.ts'

// Goal: a phone accepts its file whatever the values are, the file stays the same while they do,
// and nobody has a secret who must not. Method: all kits of phones in one site, their example
// devices with awkward values, asked from the real server.

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** What each example device fetches for itself. */
const OWN_FILES: Readonly<Record<string, readonly string[]>> = {
  'cisco-7900': ['SEP00260B100001.cnf.xml', 'SIP00260B100002.cnf', 'SEP00260B100003.cnf.xml'],
  'cisco-spa': ['8843e1100001.xml', 'Cisco/CP-8851-3PCC/00562b100001.cfg'],
  poly: ['settings-0004f2100001.cfg'],
  yealink: ['805ec0100001.cfg'],
  grandstream: ['cfg000b82100001.xml'],
  snom: ['snomD785-000413100001.htm'],
  mitel: ['00085D100001.cfg'],
}

/** What whoever asks gets. */
const COMMON_FILES = [
  'XMLDefault.cnf.xml',
  'SIPDefault.cnf',
  'dialplan.xml',
  'RINGLIST.XML',
  'spa504G.cfg',
  '8851-3PCC.xml',
  '000000000000.cfg',
  'poly-common.cfg',
  'y000000000066.cfg',
  'cfg.xml',
  'snomD785.htm',
  'startup.cfg',
]

const kits = await Promise.all(Object.keys(OWN_FILES).map(findKit))
const ownFiles = Object.values(OWN_FILES).flat()

const LINE = {
  number: '4071',
  name: 'A & B <"it\'s">\nevil.setting = 1',
  user: 'u&1',
  password: 'p<&"w\r\nevil: 1',
}

const AWKWARD: Values = {
  sip: { server: 'sip.example.net', port: 5061, transport: 'tls' },
  codecs: ['opus', 'silk', 'g729', 'pcmu'],
  dialPlan: ['*97', '2xx', '1[2-5]x', 'x.'],
  language: 'xx',
  timezone: {
    offsetMinutes: -210,
    summer: {
      start: { month: 3, week: 2, weekday: 0, hour: 2 },
      end: { month: 11, week: 1, weekday: 5, hour: 1 },
    },
  },
}

/** The kits with other values of the class that all share, and other lines. */
function withValues(phone: Values, line: Values): Kit[] {
  return kits.map((kit) => {
    const classes = kit.inventory.classes.map((one) =>
      one.name === 'phone' ? { ...one, values: { ...one.values, ...phone } } : one,
    )
    const devices = kit.inventory.devices.map((one) => ({ ...one, values: { lines: [line] } }))
    return { ...kit, inventory: { classes, devices } }
  })
}

interface Fetched {
  readonly status: number
  readonly text: string
}

interface Phones extends AsyncDisposable {
  readonly server: ServerProcess
  fetch(name: string): Promise<Fetched>
}

/** @param prepare - What happens to the folder of the site before the server starts. */
async function startPhones(
  phones: readonly Kit[],
  prepare: (folder: string) => void = () => undefined,
): Promise<Phones> {
  const temporary = await temporaryFolder()
  await writeSite(temporary.path, phones)
  trivet('apply', join(temporary.path, 'inventory.yaml'), '--site', temporary.path)
  prepare(temporary.path)
  const server = await startServerProcess(temporary.path)
  return {
    server,
    async fetch(name) {
      const response = await fetch(`http://127.0.0.1:${server.http[0]?.port}/${name}`)
      return { status: response.status, text: await response.text() }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await temporary[Symbol.asyncDispose]()
    },
  }
}

async function textOf(phones: Phones, name: string): Promise<string> {
  const { status, text } = await phones.fetch(name)
  assert.equal(status, 200, `${name}: ${text}`)
  return text
}

/** @throws {AssertionError} Saying where a document is not well-formed. */
function assertWellFormed(xml: string, name: string): void {
  const open: string[] = []
  const tag = /<(\/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)>/g
  const text = xml.replace(/^<\?xml[^?]*\?>/, '').replaceAll(tag, (...match: string[]) => {
    const [, isEnd, element = '', attributes = '', isEmpty] = match
    if (isEnd) assert.equal(open.pop(), element, name)
    else if (!isEmpty) open.push(element)
    const names = [...attributes.matchAll(/([\w.:-]+)=/g)].map(([, attribute]) => attribute)
    assert.equal(new Set(names).size, names.length, `${name}: twice the same attribute`)
    return attributes
  })
  assert.deepEqual(open, [], name)
  assert.doesNotMatch(text, /[<>]|&(?!(?:amp|lt|gt|quot|#39|#x27|apos);)/, name)
}

test('each file is whole whatever the values are', async () => {
  await using phones = await startPhones(withValues(AWKWARD, LINE))
  for (const name of [...ownFiles, ...COMMON_FILES]) {
    const text = await textOf(phones, name)
    if (text.startsWith('<')) assertWellFormed(text, name)
    else assert.doesNotMatch(text, /^evil/m, name)
    assert.ok(ownFiles.includes(name) === text.includes('4071'), name)
  }
})

test('the hours of a time zone are those of each make', async () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'SIP00260B100002.cnf': ['time_zone: -03:30', 'dst_start_week_of_month: 2', 'of_week: Friday'],
    '8843e1100001.xml': ['>GMT-03:30<', 'start=3/8/7/2:0:0;end=11/1/5/1:0:0;save=1'],
    'settings-0004f2100001.cfg': [
      'gmtOffset="-12600"',
      'start.dayOfWeek="1"',
      'start.date="8"',
      'stop.dayOfWeek="6"',
      'stop.date="1"',
    ],
    '805ec0100001.cfg': ['zone = -3:30\n', 'start_time = 3/2/7/2\n', 'end_time = 11/1/5/1\n'],
    'cfg000b82100001.xml': ['STD+3:30DST+2:30,M3.2.0/2,M11.1.5/1'],
    'snomD785-000413100001.htm': ['>-12600<', '>3600 03.02.07 02:00:00 11.01.05 01:00:00<'],
    '00085D100001.cfg': ['minutes: 210\n', 'start week: 2\n', 'end week: 1\n', 'end day: 6\n'],
  }
  // Whoever writes YAML by hand forgets quotes.
  const numbers = { number: 4071, password: 1234 }
  await using phones = await startPhones(withValues(AWKWARD, numbers))
  for (const [name, parts] of Object.entries(expected)) {
    const text = await textOf(phones, name)
    for (const part of parts) assert.ok(text.includes(part), `${name} without ${part}:\n${text}`)
  }
})

test('a file is the same until a value is not, where there is no summer time too', async () => {
  const timezone = { offsetMinutes: 0 }
  await using phones = await startPhones(withValues({ timezone }, LINE))
  await using others = await startPhones(withValues({ timezone, ntp: '10.0.0.2' }, LINE))
  for (const name of ownFiles) {
    const text = await textOf(phones, name)
    assert.equal(await textOf(phones, name), text)
    assert.notEqual(await textOf(others, name), text)
    assert.doesNotMatch(text, /daylightSavings\.start|summer_time = 1|DST|M3\./, name)
  }
})

const SECRET_ADMIN = { admin: { user: 'admin', password: { $secret: 'admin' } } }
const SECRET_LINE = { number: '4071', password: { $secret: 'line' } }

function setSecrets(folder: string): void {
  for (const name of ['admin', 'line']) {
    const args = [MAIN, 'secret', 'set', name, '--site', folder]
    const { status, stderr } = spawnSync(process.execPath, args, { input: `deep-${name}` })
    assert.equal(status, 0, String(stderr))
  }
}

for (const [what, secret] of [
  ['line', withValues({}, SECRET_LINE)],
  ['administrator', withValues(SECRET_ADMIN, LINE)],
] as const) {
  test(`the password of the ${what}, if a secret, is never left out: no file at all`, async () => {
    await using phones = await startPhones(secret, setSecrets)
    for (const name of ownFiles) {
      const { status, text } = await phones.fetch(name)
      assert.deepEqual([name, status, text.includes('deep-')], [name, 403, false])
    }
    for (const name of COMMON_FILES) {
      assert.doesNotMatch(await textOf(phones, name), /deep-|change-me|4071/, name)
    }
  })
}

test('a phone that asks from a network that secrets may go to has them in its file', async () => {
  await using phones = await startPhones(withValues(SECRET_ADMIN, SECRET_LINE), (folder) => {
    setSecrets(folder)
    appendFileSync(join(folder, 'trivet.yaml'), '\nsecrets: { from: [127.0.0.0/8] }\n')
  })
  for (const name of ownFiles) {
    const text = await textOf(phones, name)
    assert.ok(text.includes('deep-admin') && text.includes('deep-line'), name)
  }
})

test('what docs/kits/phones.md shows works', async () => {
  const page = readFileSync(new URL('../../docs/kits/phones.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```(sh|yaml)\n([^]*?)```/g)]
  const [inventory = '', secrets = ''] = blocks.flatMap(([, language, text = '']) =>
    language === 'yaml' ? [text] : [],
  )
  const lines = blocks.flatMap(([, language, text = '']) =>
    language === 'sh' ? text.split('\n').filter((line) => !line.startsWith('trivet init')) : [],
  )
  await using phones = await startPhones(kits, (folder) => {
    const wrapper = `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`
    writeFileSync(join(folder, 'trivet'), wrapper, { mode: 0o755 })
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
    writeFileSync(join(folder, 'nairobi.yaml'), inventory)
    const script = ['set -e', 'trivet apply nairobi.yaml', ...lines].join('\n')
    const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, env })
    assert.equal(status, 0, String(stderr))
    appendFileSync(join(folder, 'trivet.yaml'), secrets.replace('10.20.0.0/16', '127.0.0.0/8'))
  })
  const nairobi = await textOf(phones, '805ec020000c.cfg')
  for (const part of ['ntp_server1 = 10.7.0.1', 'time_zone = +3\n', 'summer_time = 0']) {
    assert.ok(nairobi.includes(part), `${part}:\n${nairobi}`)
  }
  const own = await textOf(phones, '805ec0100001.cfg')
  assert.match(own, /^account\.1\.password = correct horse$/m)
})
