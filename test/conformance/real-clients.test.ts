import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { type ClientJob, isInstalled, type RealClient, realClients, runClient } from './clients.ts'
import { netasciiText, patterned, sizes, wrapBytes, writeSite } from './site.ts'

// Goal: real clients get and put every byte. Method: the server as its own process on loopback,
// each client as Debian ships it, bytes compared.

const LISTEN = [
  '--tftp',
  '127.0.0.1:0',
  '--tftp',
  '[::1]:0',
  '--no-http',
  '--admin',
  'none',
  '--log',
  'info',
]

let site: TemporaryFolder
let server: ServerProcess
let jobCount = 0

before(async () => {
  site = await temporaryFolder()
  await writeSite(site.path)
  server = await startServerProcess(site.path, LISTEN)
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

function job(remote: string, more: Partial<ClientJob> = {}): ClientJob {
  const host = more.host ?? '127.0.0.1'
  const port = server.tftp.find(({ address }) => address === host)?.port ?? 0
  jobCount += 1
  return { host, port, remote, local: join(site.path, `local-${jobCount}`), ...more }
}

async function fetched(client: RealClient, one: ClientJob): Promise<Buffer> {
  const { status, output } = await runClient(client.get(one))
  assert.equal(status, 0, `${client.name} ${one.remote}: ${output}`)
  return readFile(one.local)
}

async function uploaded(client: RealClient, bytes: Buffer, one: ClientJob): Promise<Buffer> {
  await writeFile(one.local, bytes)
  const { status, output } = await runClient(client.put(one))
  assert.equal(status, 0, `${client.name} ${one.remote}: ${output}`)
  const back = job(one.remote)
  assert.equal((await runClient(realClients[2]?.get(back) ?? [])).status, 0)
  return readFile(back.local)
}

for (const client of realClients) {
  const isHere = await isInstalled(client)
  const skip = isHere ? false : `${client.name} is not installed (Debian package ${client.package})`
  describe(client.name, { skip }, () => {
    for (const bytes of sizes) {
      test(`${client.name} gets ${bytes} bytes`, async () => {
        assert.deepEqual(await fetched(client, job(`${bytes}.bin`)), patterned(bytes))
      })
      test(`${client.name} puts ${bytes} bytes`, async () => {
        const one = job(`inbox/${client.name}-${bytes}.bin`)
        assert.deepEqual(await uploaded(client, patterned(bytes), one), patterned(bytes))
      })
    }

    test(`${client.name} gets 33 MiB at blksize 512, past block 65535`, async () => {
      const one = job(`${wrapBytes}.bin`, client.blockBytes ? { blockBytes: 512 } : {})
      assert.deepEqual(await fetched(client, one), patterned(wrapBytes))
    })

    test(`${client.name} puts 33 MiB at blksize 512, past block 65535`, async () => {
      const one = job(`inbox/${client.name}-wrap`, client.blockBytes ? { blockBytes: 512 } : {})
      assert.deepEqual(await uploaded(client, patterned(wrapBytes), one), patterned(wrapBytes))
    })

    for (const blockBytes of [8, 1428, 8192].filter((bytes) => takes(client, bytes))) {
      test(`${client.name} gets and puts with blksize ${blockBytes}`, async () => {
        const got = await fetched(client, job('32767.bin', { blockBytes }))
        assert.deepEqual(got, patterned(32_767))
        const one = job(`inbox/${client.name}-b${blockBytes}`, { blockBytes })
        assert.deepEqual(await uploaded(client, patterned(32_768), one), patterned(32_768))
      })
    }

    test(`${client.name} gets and puts over IPv6`, async () => {
      const host = '::1'
      assert.deepEqual(await fetched(client, job('1024.bin', { host })), patterned(1024))
      const one = job(`inbox/${client.name}-v6`, { host })
      assert.deepEqual(await uploaded(client, patterned(1024), one), patterned(1024))
    })

    test(`${client.name} hears that a file is missing`, async () => {
      const remote = `missing-for-${client.name}`
      const { status, output } = await runClient(client.get(job(remote)))
      // tftp-hpa says so and exits with 0 when told its command by -c.
      assert.ok(status !== 0 || /File not found/.test(output), output)
      const entry = await server.entry(({ path }) => path === `/${remote}`)
      assert.equal(entry.outcome, 'missing')
    })

    test(`${client.name} hears that an upload is refused`, async () => {
      const one = job(`inbox/refused-${client.name}`)
      await writeFile(one.local, 'x')
      const { status, output } = await runClient(client.put(one))
      assert.ok(status !== 0 || /denied|violation/i.test(output), output)
      const entry = await server.entry(({ path }) => path === `/${one.remote}`)
      assert.equal(entry.outcome, 'refused')
    })

    if (client.can.has('netascii')) {
      test(`${client.name} gets netascii`, async () => {
        const got = await fetched(client, job('lines.txt', { mode: 'netascii' }))
        assert.equal(got.toString(), netasciiText())
      })
    }

    if (client.can.has('windowsize')) {
      for (const windowBlocks of [4, 16, 64]) {
        test(`${client.name} gets and puts with windowsize ${windowBlocks}`, async () => {
          const more = { windowBlocks, blockBytes: 1428 }
          const got = await fetched(client, job(`${wrapBytes}.bin`, more))
          assert.deepEqual(got, patterned(wrapBytes))
          const one = job(`inbox/${client.name}-w${windowBlocks}`, more)
          assert.deepEqual(await uploaded(client, patterned(wrapBytes), one), patterned(wrapBytes))
        })
      }
    }

    if (client.can.has('timeout')) {
      test(`${client.name} has its timeout acknowledged`, async () => {
        await fetched(client, job('513.bin', { timeoutSeconds: 3 }))
        const entry = await server.entry(({ optionsAsked }) => optionsAsked?.['timeout'] === '3')
        assert.equal(entry.optionsAcknowledged?.['timeout'], '3')
        assert.equal(entry.optionsAcknowledged?.['tsize'], '513')
      })
    }
  })
}

function takes(client: RealClient, bytes: number): boolean {
  const [least, most] = client.blockBytes ?? [0, -1]
  return bytes >= least && bytes <= most
}
