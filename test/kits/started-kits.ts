import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ReplayedStep, replayWalk } from '../../src/cli/kits/replay-walk.ts'
import type { Kit } from '../../src/kits/read-kit.ts'
import { supplyPath } from '../../src/kits/supply.ts'
import { writeSite } from '../../src/kits/write-site.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder } from '../../src/testing/temporary-folder.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** What stands for firmware and kernels: several blocks, and the last one not full. */
const STAND_IN = Buffer.alloc(20_011, 'stand-in for a file that the user brings along\n')
/** A server on loopback that is silent so long will stay so, in ms. */
const GIVE_UP_MS = 20_000

/** A real server with the site that `trivet init` writes for some kits. */
export interface StartedKits extends AsyncDisposable {
  readonly folder: string
  readonly server: ServerProcess
  /** Replays every walk of a kit. @returns What is not as the kit says, in words. */
  walk(kit: Kit): Promise<readonly string[]>
}

/** Runs a command as a user would. @returns What it printed. */
export function trivet(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, `trivet ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** Writes the site, brings along what the user would, applies the inventory, starts the server. */
export async function startKits(kits: readonly Kit[]): Promise<StartedKits> {
  const temporary = await temporaryFolder()
  const folder = temporary.path
  await writeSite(folder, kits)
  for (const kit of kits) await bringAlong(folder, kit)
  trivet('apply', join(folder, 'inventory.yaml'), '--site', folder)
  const server = await startServerProcess(folder)
  const host = '127.0.0.1'
  const servers = {
    tftp: { host, port: server.tftp[0]?.port ?? 0, giveUpMs: GIVE_UP_MS },
    http: { host, port: server.http[0]?.port ?? 0, giveUpMs: GIVE_UP_MS },
  }
  return {
    folder,
    server,
    async walk(kit) {
      const faults: string[] = []
      for (const walk of kit.content.walks) {
        const steps = await replayWalk(walk, kit, servers)
        faults.push(...steps.flatMap((step) => faultOf(kit.name, walk.name, step)))
      }
      return faults
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await temporary[Symbol.asyncDispose]()
    },
  }
}

function faultOf(kit: string, walk: string, { step, answer, fault }: ReplayedStep): string[] {
  if (fault === undefined) return []
  const text = Buffer.from(answer.bytes.subarray(0, 2000)).toString()
  return [`${kit}, ${walk}: ${step.ask ?? step.put}: ${fault}\n${text}`]
}

/** Files that a walk gets and that no site makes. */
async function bringAlong(folder: string, kit: Kit): Promise<void> {
  for (const { ask, answer } of kit.content.walks.flatMap(({ steps }) => steps)) {
    const place = ask === undefined || answer === 'missing' ? undefined : supplyPath(kit, ask)
    if (place === undefined || existsSync(join(folder, place))) continue
    await mkdir(dirname(join(folder, place)), { recursive: true })
    await writeFile(join(folder, place), STAND_IN)
  }
}
