import assert from 'node:assert/strict'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { test } from 'node:test'
import { ask, scriptSite, until } from '../../testing/script-site.ts'

/**
 * True while a process runs; one that has ended and that its new parent has not collected yet does
 * not.
 */
async function isAlive(id: number): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => ') Z')
  return !/\) [ZX]/.test(stat)
}

const untilDead = (id: number): Promise<boolean> => until(async () => !(await isAlive(id)))

/** Starts a background process that would outlive the script by far, and writes down its id. */
const background = (redirection: string): string =>
  `#!/bin/sh\nsleep 600 ${redirection} &\necho $! >../child\necho begun\n`

/** Pipes, sockets and files this process has open, and the children it has. */
async function openThings(): Promise<readonly string[]> {
  const numbers = await readdir('/proc/self/fd')
  const targets = numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => ''))
  const open = (await Promise.all(targets)).filter((target) =>
    /^(?:pipe|socket):|^\/tmp/.test(target),
  )
  const tasks = await readdir('/proc/self/task')
  const children = tasks.map((task) =>
    readFile(`/proc/self/task/${task}/children`, 'utf8').catch(() => ''),
  )
  return [...open, ...(await Promise.all(children)).filter((text) => text.trim() !== '')].toSorted()
}

const failed: readonly [what: string, script: string, message: RegExp][] = [
  [
    'exits with a status',
    'echo partly; exit 3',
    /script cgi\/a exited with status 3 after \d+ ms$/,
  ],
  ['is ended by a signal', 'echo partly; kill -SEGV $$', /was ended by SIGSEGV after \d+ ms$/],
]

for (const [what, script, message] of failed) {
  test(`ScriptRun refuses all that a script printed which ${what}`, async () => {
    await using site = await scriptSite()
    await site.write('cgi/a', `#!/bin/sh\n${script}\n`)
    await assert.rejects(ask(site.source(), 'cgi/a').response, {
      code: 'GENERATOR_FAILED',
      message,
      wireMessage: 'The file could not be made',
    })
  })

  test(`ScriptRun breaks off a streamed file when the script ${what}`, async () => {
    await using site = await scriptSite()
    await site.write('cgi/a', `#!/bin/sh\nhead -c 500000 /dev/zero; ${script}\n`)
    const response = await ask(site.source(), 'cgi/a').response
    await assert.rejects(response.bytes(), { code: 'GENERATOR_FAILED', message })
  })
}

test('ScriptRun holds back the end of a file until the script has ended well', async () => {
  await using site = await scriptSite()
  // The output is closed long before the status is known.
  await site.write(
    'cgi/a',
    '#!/bin/sh\nhead -c 200000 /dev/zero; exec >&- 2>&-; until [ -e ../go ]; do sleep 0.01; done; exit 5\n',
  )
  const reader = (await ask(site.source(), 'cgi/a').response).body?.getReader()
  assert.ok(reader)
  for (let bytes = 0; bytes < 200_000; ) bytes += (await reader.read()).value?.length ?? 0
  const last = reader.read()
  await site.write('go', '')
  await assert.rejects(last, { code: 'GENERATOR_FAILED' })
})

test('ScriptRun notes standard error, for failure and success, and never answers with it', async () => {
  await using site = await scriptSite()
  await site.write('cgi/good', '#!/bin/sh\necho warned >&2; echo good\n')
  await site.write('cgi/bad', '#!/bin/sh\nprintf "secret\\033[2J\\n" >&2; exit 1\n')
  const good = ask(site.source(), 'cgi/good')
  assert.equal(await (await good.response).text(), 'good\n')
  assert.deepEqual(good.notes, ['warned'])
  const bad = ask(site.source(), 'cgi/bad')
  await assert.rejects(
    bad.response,
    ({ message, wireMessage }) => !`${message}${wireMessage}`.includes('secret'),
  )
  assert.deepEqual(bad.notes, ['secret[2J'])
})

test('ScriptRun keeps the end of a long standard error, and its script never waits for it', async () => {
  await using site = await scriptSite()
  await site.write(
    'cgi/a',
    '#!/bin/sh\nyes line | head -c 2000000 >&2; echo the reason >&2; exit 1\n',
  )
  const asked = ask(site.source(), 'cgi/a')
  await assert.rejects(asked.response)
  assert.equal(asked.notes.length, 1)
  assert.match(asked.notes[0] ?? '', /^….*line\nthe reason$/s)
  assert.ok((asked.notes[0]?.length ?? 0) <= 16 * 1024)
})

test('ScriptRun ends a script that prints for ever, small limit or streamed', async () => {
  await using site = await scriptSite()
  await site.write('cgi/yes', '#!/bin/sh\necho $$ >../child\nexec yes\n')
  const expected = { code: 'TOO_LARGE', wireMessage: 'The file is too large' }
  await assert.rejects(ask(site.source({ outputBytesMax: 1000 }), 'cgi/yes').response, expected)
  await untilDead(await site.processId('child'))
  const response = await ask(site.source({ outputBytesMax: 1_000_000 }), 'cgi/yes').response
  await assert.rejects(response.bytes(), expected)
  await untilDead(await site.processId('child'))
})

test('ScriptRun takes a file of exactly outputBytesMax', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/bin/sh\nhead -c 100000 /dev/zero\n')
  const response = await ask(site.source({ outputBytesMax: 100_000 }), 'cgi/a').response
  assert.equal((await response.bytes()).length, 100_000)
})

for (const [what, redirection] of [
  ['standard output', '2>/dev/null'],
  ['standard error', '>/dev/null'],
] as const) {
  test(`ScriptRun takes what came when a process left behind holds ${what}, and ends it`, async () => {
    await using site = await scriptSite()
    await site.write('cgi/a', background(redirection))
    const asked = ask(site.source(), 'cgi/a')
    assert.equal(await (await asked.response).text(), 'begun\n')
    assert.match(asked.notes.join(), /a process that the script left behind held its output open/)
    await untilDead(await site.processId('child'))
  })
}

test('ScriptRun leaves a background process alone that has given up both outputs', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', background('>/dev/null 2>&1'))
  const asked = ask(site.source(), 'cgi/a')
  assert.equal(await (await asked.response).text(), 'begun\n')
  assert.deepEqual(asked.notes, [])
  const id = await site.processId('child')
  assert.ok(await isAlive(id))
  process.kill(id)
})

test('ScriptRun lets go of a process that has left the group with its output', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/bin/sh\nsetsid sleep 600 &\necho $! >../child\necho begun\n')
  const before = await openThings()
  assert.equal(await (await ask(site.source(), 'cgi/a').response).text(), 'begun\n')
  await until(async () => (await openThings()).join() === before.join())
  process.kill(await site.processId('child'))
})

test('ScriptRun waits for a reader that is slow after the script has ended', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/bin/sh\necho $$ >../child\nhead -c 150000 /dev/zero\n')
  const response = await ask(site.source(), 'cgi/a').response
  const id = await site.processId('child')
  await untilDead(id)
  // Longer than the grace for processes left behind: it counts only while a reader waits.
  await new Promise((resolve) => {
    setTimeout(resolve, 400)
  })
  assert.equal((await response.bytes()).length, 150_000)
})

test('ScriptRun lets the script wait while nobody reads', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/bin/sh\nhead -c 20000000 /dev/zero; touch ../printed\n')
  const response = await ask(site.source(), 'cgi/a').response
  assert.ok(!(await readdir(site.path)).includes('printed'))
  assert.equal((await response.bytes()).length, 20_000_000)
})

/** Deaf to SIGTERM, as its child is: only SIGKILL ends them. */
const stubborn = `#!/usr/bin/python3
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    time.sleep(600)
print('x' * SIZE, flush=True)
with open('../child.new', 'w') as file:
    file.write(str(child))
os.rename('../child.new', '../child')
time.sleep(600)
`

test('ScriptRun ends the whole process group at the deadline, stubborn or not, before the first byte', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', stubborn.replace('SIZE', '10'))
  const asked = ask(site.source(), 'cgi/a')
  const id = await site.processId('child')
  asked.controller.abort()
  await assert.rejects(asked.response, {
    code: 'GENERATOR_TIMEOUT',
    message: /was ended after \d+ ms: the deadline has passed or the client is gone$/,
    wireMessage: 'The file was not ready in time',
  })
  await untilDead(id)
})

test('ScriptRun ends the whole process group when the body is aborted or cancelled', async () => {
  await using site = await scriptSite()
  await site.write(
    'cgi/a',
    '#!/bin/sh\nsleep 600 &\necho $! >../child\nhead -c 100000 /dev/zero; wait\n',
  )
  const aborted = ask(site.source(), 'cgi/a')
  const body = (await aborted.response).bytes()
  const first = await site.processId('child')
  aborted.controller.abort()
  await assert.rejects(body, { code: 'GENERATOR_TIMEOUT' })
  await untilDead(first)
  const cancelled = await ask(site.source(), 'cgi/a').response
  const second = await site.processId('child')
  await cancelled.body?.cancel()
  await untilDead(second)
})

test('ScriptRun ends a script that has closed its output and does not end', async () => {
  await using site = await scriptSite()
  await site.write(
    'cgi/a',
    '#!/bin/sh\necho $$ >../child\necho all; exec >&- 2>&-; exec sleep 600\n',
  )
  const asked = ask(site.source(), 'cgi/a')
  const id = await site.processId('child')
  asked.controller.abort()
  await assert.rejects(asked.response, { code: 'GENERATOR_TIMEOUT' })
  await untilDead(id)
})

test('ScriptRun leaves no descriptor and no zombie, however a script ends', async () => {
  await using site = await scriptSite()
  await site.write('cgi/good', '#!/bin/sh\necho good\n')
  await site.write('cgi/bad', '#!/bin/sh\nexit 1\n')
  await site.write('cgi/none', '#!/no/interpreter\n')
  await site.write('cgi/yes', '#!/bin/sh\nexec yes\n')
  await site.write('cgi/slow', '#!/bin/sh\nexec sleep 600\n')
  await site.write('cgi/held', background(''))
  await site.write('cgi/deaf', '#!/bin/sh\nexec <&-\n')
  const source = site.source({ outputBytesMax: 500_000 })
  const before = await openThings()
  for (let round = 0; round < 2; round += 1) {
    const asks = ['good', 'bad', 'none', 'yes', 'held', 'slow'].map((name) =>
      ask(source, `cgi/${name}`),
    )
    const body = new Blob([new Uint8Array(300_000)]).stream()
    asks.push(ask(source, 'cgi/deaf', { body }))
    asks[5]?.controller.abort()
    const bodies = asks.map(async ({ response }) => (await response).bytes())
    const kinds = (await Promise.allSettled(bodies)).map(({ status }) => status[0])
    assert.deepEqual(kinds.join(''), 'frrrfrf')
  }
  await until(async () => (await openThings()).join() === before.join())
})
