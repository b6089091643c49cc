import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Refusal } from '../../base/refusal.ts'
import { declineResponse, type Inputs, isDeclined, type Source } from '../../routing/source.ts'
import { requestContext } from '../../testing/request-context.ts'
import { writtenFolder } from '../../testing/written-folder.ts'
import { docsisSource } from './index.ts'
import { docsisOptions } from './options.ts'
import { CmtsSecret } from './cmts-secret.ts'

// Goal: the file of a modem is made of what another source makes, and made anew when that or the
// secret changes. Method: a source of one line, and an encoder that shows what it was given.

const encode = (yaml: string, how: { path: string; secret: Uint8Array }): Uint8Array =>
  Buffer.from(`${how.path} ${yaml} ${Buffer.from(how.secret).toString()}`)

const ofVariable = (value: string | undefined): CmtsSecret =>
  new CmtsSecret({ file: undefined, variable: 'SECRET', environment: { SECRET: value } })
const ofFile = (file: string): CmtsSecret =>
  new CmtsSecret({ file, variable: undefined, environment: {} })

async function asked(source: Source): Promise<{ response: Response; inputs: Inputs | undefined }> {
  let inputs: Inputs | undefined
  const context = requestContext({
    madeFrom: (found) => {
      inputs = found
    },
  })
  const response = await source(new Request('tftp://10.0.0.1/'), context)
  return { response, inputs }
}

test('docsisSource encodes what the other source makes, with the secret', async () => {
  const source = docsisSource(() => new Response('a: 1'), { secret: ofVariable('key'), encode })
  const { response, inputs } = await asked(source)
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.equal(response.headers.get('content-length'), '10')
  assert.match(response.headers.get('etag') ?? '', /^"[\w-]{22}"$/)
  assert.deepEqual([await response.text(), inputs], ['/ a: 1 key', undefined])
})

test('docsisSource passes on what the other source declines or refuses', async () => {
  const parts = { secret: ofVariable('key'), encode }
  const { response } = await asked(docsisSource(declineResponse, parts))
  assert.ok(isDeclined(response))
  const refused = await asked(docsisSource(() => new Response(null, { status: 405 }), parts))
  assert.equal(refused.response.status, 405)
})

test('docsisSource shows the other source the request as it is', async () => {
  const device = { id: 'm', macs: [], addresses: [], classes: [], values: {} }
  const context = requestContext({ device, params: { mac: '00:11:22:33:44:55' } })
  const seen: unknown[] = []
  const yamlSource: Source = (_, inner) => {
    seen.push(inner.device, inner.params, inner.signal === context.signal, inner.clientAddress)
    return inner.decline()
  }
  const source = docsisSource(yamlSource, { secret: ofVariable('key'), encode })
  await source(new Request('tftp://10.0.0.1/'), context)
  assert.deepEqual(seen, [device, { mac: '00:11:22:33:44:55' }, true, '10.0.0.7'])
})

test('docsisSource is current as long as the other source and the secret are', async () => {
  await using folder = await writtenFolder({ secret: 'one\n', next: 'two\r\n' })
  const file = join(folder.path, 'secret')
  let isCurrent = true
  const yamlSource: Source = (_, context) => {
    context.madeFrom({ isCurrent: () => isCurrent, isComplete: true })
    return new Response('a')
  }
  const source = docsisSource(yamlSource, { secret: ofFile(file), encode })
  const first = await asked(source)
  assert.equal(await first.response.text(), '/ a one')
  assert.deepEqual([first.inputs?.isCurrent(), first.inputs?.isComplete], [true, true])
  await rename(join(folder.path, 'next'), file)
  assert.equal(first.inputs?.isCurrent(), false)
  const second = await asked(source)
  assert.equal(await second.response.text(), '/ a two')
  assert.equal(second.inputs?.isCurrent(), true)
  isCurrent = false
  assert.equal(second.inputs?.isCurrent(), false)
})

test('CmtsSecret takes one line end from a file, and nothing else', async () => {
  await using folder = await writtenFolder({ a: ' key \n', b: 'key\n\n', c: 'key', d: 'key\r\n' })
  const read = (name: string): string =>
    Buffer.from(ofFile(join(folder.path, name)).read().bytes).toString()
  assert.deepEqual(['a', 'b', 'c', 'd'].map(read), [' key ', 'key\n', 'key', 'key'])
})

test('CmtsSecret refuses what is no secret, and says where', async () => {
  await using folder = await writtenFolder({ empty: '\n' })
  await writeFile(join(folder.path, 'long'), 'x'.repeat(1025))
  const message = (secret: CmtsSecret): string => {
    try {
      secret.read()
    } catch (error) {
      assert.ok(error instanceof Refusal && error.code === 'GENERATOR_FAILED')
      assert.equal(error.wireMessage, 'The configuration cannot be signed')
      return error.message.replace(folder.path, '')
    }
    return 'nothing was refused'
  }
  const place = (name: string): CmtsSecret => ofFile(join(folder.path, name))
  const start = 'There is no secret shared with the CMTS: '
  assert.equal(message(place('missing')), `${start}/missing cannot be read (ENOENT)`)
  assert.equal(message(place('empty')), `${start}/empty is empty`)
  assert.equal(message(place('long')), `${start}/long has 1025 bytes, at most 1024 are allowed`)
  assert.equal(
    message(ofVariable(undefined)),
    `${start}the environment variable SECRET is not set or empty`,
  )
})

test('docsisOptions wants the secret in one place', () => {
  const problem = (options: object): string | undefined =>
    docsisOptions.safeParse({ template: 'a.j2', ...options }).error?.issues[0]?.message
  const both = 'give either `sharedSecretFile` or `sharedSecretVariable`'
  assert.equal(problem({}), both)
  assert.equal(problem({ sharedSecretFile: 'a', sharedSecretVariable: 'A' }), both)
  assert.equal(problem({ sharedSecretFile: 'a' }), undefined)
  assert.equal(
    problem({ sharedSecretVariable: '1' }),
    'the name of an environment variable is needed',
  )
})
