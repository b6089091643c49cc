import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, scriptSite } from '../../testing/script-site.ts'

const title = 'Cannot generate /cgi/a: script cgi/a'

const unrunnable: readonly [
  what: string,
  content: string | Uint8Array,
  mode: number,
  why: string,
][] = [
  [
    'without an execute bit',
    '#!/bin/sh\necho hi\n',
    0o644,
    'is not executable: run "chmod +x FILE"',
  ],
  [
    'without an interpreter line',
    'echo hi\n',
    0o755,
    'has no interpreter line: begin it with "#!/bin/sh" or the like',
  ],
  ['that is empty', '', 0o755, 'has no interpreter line: begin it with "#!/bin/sh" or the like'],
  [
    'whose interpreter does not exist',
    '#! /usr/bin/pyton3 -u\n',
    0o755,
    'cannot be started: interpreter "/usr/bin/pyton3" does not exist, correct the first line or install it',
  ],
  [
    'saved with Windows line ends',
    '#!/bin/sh\r\necho hi\r\n',
    0o755,
    'cannot be started: its interpreter line ends with a carriage return, save it with Unix line ends',
  ],
  [
    'whose interpreter is a folder',
    '#!/usr\n',
    0o755,
    'cannot be started: interpreter "/usr" may not be executed here, or its file system is mounted "noexec"',
  ],
]

for (const [what, content, mode, why] of unrunnable) {
  test(`startScript says what to do with a script ${what}`, async () => {
    await using site = await scriptSite()
    const file = await site.write('cgi/a', content, mode)
    await assert.rejects(ask(site.source(), 'cgi/a').response, {
      code: 'GENERATOR_FAILED',
      message: `${title} ${why.replace('FILE', file)}`,
      wireMessage: 'The file could not be made',
    })
  })
}

test('startScript says that the one script of a route does not exist', async () => {
  await using site = await scriptSite()
  await assert.rejects(ask(site.source({ script: 'phone.sh' }), 'x').response, {
    code: 'GENERATOR_FAILED',
    message: 'Cannot generate /x: script phone.sh does not exist',
  })
})

test('startScript runs a program that is no text', async () => {
  await using site = await scriptSite()
  const { response } = ask(site.source({ script: '/bin/echo', arguments: ['hi'] }), 'x')
  assert.equal(await (await response).text(), 'hi\n')
})

test('startScript gives the place back when a script cannot be started', async () => {
  await using site = await scriptSite()
  await site.write('cgi/a', '#!/no/such/interpreter\n')
  await site.write('cgi/b', '#!/bin/sh\necho b\n')
  const source = site.source({ concurrentMax: 1, waitingMax: 0 })
  await assert.rejects(ask(source, 'cgi/a').response)
  assert.equal(await (await ask(source, 'cgi/b').response).text(), 'b\n')
})
